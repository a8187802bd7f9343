/**
 * Columns of text, aligned, two spaces apart; numbers to the right. `heads` that begin with `>` name those columns.
 * What has no value is written –. No row: `none`.
 */
export function textTable(heads: readonly string[], rows: readonly (readonly Cell[])[], none = 'none'): string {
  if (rows.length === 0) return none;
  const right = heads.map((head) => head.startsWith('>'));
  const lines = [
    heads.map((head) => head.replace(/^>/, '').toUpperCase()),
    ...rows.map((row) => row.map((cell) => (cell === null || cell === undefined || cell === '' ? '–' : String(cell)))),
  ];
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, at) => (right[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export type Cell = string | number | null | undefined;

/** `name: value` lines, values aligned. */
export function textFields(fields: readonly (readonly [name: string, value: Cell])[]): string {
  const width = Math.max(...fields.map(([name]) => name.length)) + 1;
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value ?? '–'}`).join('\n');
}

/** `2026-11-20T10:15:00Z`: what --at takes. Parts of a second are left out. */
export const instantCell = (at: Date | string | null): string | null =>
  at === null ? null : new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
