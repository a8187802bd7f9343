/** A text search inside a lower-case column: `%`, `_` and `\` in what a person typed stand for themselves. */
export const containing = (text: string): { contains: string } => ({
  contains: text.toLowerCase().replace(/[\\%_]/g, '\\$&'),
});
