/** All rows of a list that comes in pages: `load` is asked with the cursor of the page before, until there is none. */
export async function everyPage<C, T>(
  load: (cursor: C | undefined) => Promise<{ rows: readonly T[]; nextCursor: C | null }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: C | undefined; ; ) {
    const { rows, nextCursor } = await load(cursor);
    all.push(...rows);
    if (nextCursor === null) return all;
    cursor = nextCursor;
  }
}
