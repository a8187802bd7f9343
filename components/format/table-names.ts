import { formatTableName, splitName } from '#server/contract/table-name.ts';

/**
 * Names as short as they can be told apart at a glance: leading parts that all of them share are left out, the table's
 * own part never. One name alone is its table's part. A name that cannot be read is given back whole.
 */
export function shortNames(names: readonly string[]): Map<string, string> {
  const parts = names.map(partsOf);
  const shortest = parts.reduce((least, each) => Math.min(least, each.length), parts[0]?.length ?? 0);
  let shared = 0;
  while (shared < shortest - 1 && parts.every((each) => each[shared] === parts[0]![shared])) shared += 1;
  return new Map(names.map((name, index) => [name, join(parts[index]!.slice(shared))]));
}

function partsOf(name: string): string[] {
  try {
    return splitName(name);
  } catch {
    return [name];
  }
}

function join(parts: readonly string[]): string {
  return parts.map((part) => formatTableName({ database: part, schema: '', table: '' }).replace(/\.""$/, '')).join('.');
}
