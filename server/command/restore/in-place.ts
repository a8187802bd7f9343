import { childKeys } from '#server/engine/mysql/catalog.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { readFragmentDefinition } from '#server/engine/mysql/definition.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import type { ComputingDefinition, FragmentFile } from '#server/manifest/schema.ts';

/** What keeps a live table from being replaced piece by piece, in words; empty when nothing does. */
export function computingDifferences(backup: ComputingDefinition, live: ComputingDefinition): string[] {
  const found: string[] = [];
  if (backup.kind !== live.kind) found.push(`it is ${live.kind} now and was ${backup.kind} in the backup`);
  if (backup.partitionKey !== live.partitionKey) {
    found.push(`its partition key is ${live.partitionKey ?? 'none'} now and was ${backup.partitionKey ?? 'none'}`);
  }
  const column = (c: ComputingDefinition['columns'][number]) => `${c.name} ${c.type}${c.notNull ? ' NOT NULL' : ''}`;
  found.push(...listDifferences('column', backup.columns.map(column), live.columns.map(column)));
  const partition = (p: ComputingDefinition['partitions'][number]) =>
    `${p.name} of ${p.parent} ${p.bound}${p.partitionKey ? ` by ${p.partitionKey}` : ''}`;
  found.push(...listDifferences('partition', backup.partitions.map(partition), live.partitions.map(partition)));
  return found;
}

/** Columns of one fragment that are not the same in the backup and now, in words. */
export function columnDifferences(
  backup: Pick<FragmentFile, 'columns'>,
  live: Pick<FragmentFile, 'columns'>,
): string[] {
  const shown = (column: FragmentFile['columns'][number]) => `${column.name} ${column.declared}`;
  return listDifferences('column', backup.columns.map(shown), live.columns.map(shown));
}

function listDifferences(what: string, backup: readonly string[], live: readonly string[]): string[] {
  const gone = backup.filter((one) => !live.includes(one)).map((one) => `${what} ${one} is only in the backup`);
  const added = live.filter((one) => !backup.includes(one)).map((one) => `${what} ${one} is only in the live table`);
  if (gone.length + added.length > 0) return [...gone, ...added];
  return backup.join('\n') === live.join('\n') ? [] : [`the order of its ${what}s has changed`];
}

export interface LiveFragment {
  at: TableAt;
  definition: Awaited<ReturnType<typeof readFragmentDefinition>>;
  /** `database.table (constraint)` of other tables whose foreign keys refer to this one. */
  children: string[];
}

/** What a live storage table is now: its own keys and triggers go over to the table that replaces it. */
export async function readLive(connection: MysqlConnection, at: TableAt): Promise<LiveFragment> {
  const definition = await readFragmentDefinition(connection, at.database, at.table);
  const children = await childKeys(connection, at);
  return {
    at,
    definition,
    children: children.map((key) => `${key.database}.${key.table} (${key.name})`),
  };
}

/** What must not change while the table that takes its place is made: equal marks, equal columns, keys and triggers. */
export function liveMark({ definition }: LiveFragment): string {
  const columns = definition.columns.map(({ name, declared }) => [name, declared]);
  return JSON.stringify([columns, definition.foreignKeys, definition.triggers]);
}
