/** Which rows are ticked, apart from React. Keys that are not on the list (another page, a search) are left alone. */

export type Selection = ReadonlySet<string>;

/** Ticks or unticks one row. */
export function toggleOne(selection: Selection, key: string): Selection {
  const next = new Set(selection);
  if (!next.delete(key)) next.add(key);
  return next;
}

/**
 * Shift: from the row pressed last (`anchor`) to this one, all as the pressed row becomes. Without a known anchor it
 * is an ordinary press.
 */
export function toggleRange(
  selection: Selection,
  keys: readonly string[],
  anchor: string | undefined,
  key: string,
): Selection {
  const from = anchor === undefined ? -1 : keys.indexOf(anchor);
  const to = keys.indexOf(key);
  if (from < 0 || to < 0) return toggleOne(selection, key);
  const on = !selection.has(key);
  const next = new Set(selection);
  for (const each of keys.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (on) next.add(each);
    else next.delete(each);
  }
  return next;
}

/** The box in the header: all of the listed rows, none, or some. */
export function headState(selection: Selection, keys: readonly string[]): boolean | 'indeterminate' {
  let ticked = 0;
  for (const key of keys) if (selection.has(key)) ticked += 1;
  if (ticked === 0) return false;
  return ticked === keys.length ? true : 'indeterminate';
}

/** Pressing the box in the header: all listed rows, or none of them when all were ticked. */
export function toggleAll(selection: Selection, keys: readonly string[]): Selection {
  const next = new Set(selection);
  const on = headState(selection, keys) !== true;
  for (const key of keys) {
    if (on) next.add(key);
    else next.delete(key);
  }
  return next;
}
