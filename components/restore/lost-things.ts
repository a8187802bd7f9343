/** The sentences of all tables, each once with the tables it is about; what most tables lose comes first. */
export function lostThings(
  tables: readonly { source: string; willNotComeBack: readonly string[] }[],
): { what: string; tables: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { source, willNotComeBack } of tables) {
    for (const what of willNotComeBack) found.set(what, [...(found.get(what) ?? []), source]);
  }
  return [...found].map(([what, of]) => ({ what, tables: of })).sort((a, b) => b.tables.length - a.tables.length);
}
