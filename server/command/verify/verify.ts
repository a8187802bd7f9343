import { throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError } from '#server/base/error.ts';
import { manifestKey, tableObjectKey } from '#server/manifest/keys.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { FragmentFile, Manifest, TableFile } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import type { VerifyCommand, VerifyResult } from './command.ts';
import { fragmentProblem } from './verify-fragment.ts';
import { segmentProblem } from './verify-segment.ts';

/**
 * Re-reads every object of a backup: each segment against its SHA-256, each table file against the manifest, every row
 * against the recorded counts and digests. Damage is the answer, not an error, and never stops the reading of the
 * rest. Errors: `backup/not-found`, `job/cancelled`, those of the destination that are not about an object.
 */
export async function verify(attempt: Attempt, { backupId, storage }: VerifyCommand): Promise<VerifyResult> {
  const damaged = new DamageBook();
  const result = { objects: 1, bytes: 0, rows: 0n };
  const manifest = await orDamage(damaged, manifestKey(backupId), [], async () => {
    return (await readManifest(storage, backupId)).manifest;
  });
  if (!manifest) return { ...result, damaged: damaged.list };
  const tables = await readTables(attempt, storage, manifest, damaged);
  result.objects += manifest.tables.length + manifest.segments.length;
  const users = segmentUsers(tables);
  for (const segment of manifest.segments) {
    throwIfStopped(attempt.cancellation.stop);
    const problem = await orDamage(damaged, segment.key, users.get(segment.key) ?? [], () =>
      segmentProblem(storage, segment, attempt.cancellation.stop),
    );
    if (problem) damaged.add(segment.key, problem, users.get(segment.key) ?? []);
    result.bytes += segment.bytes;
  }
  for (const { name, file } of tables) result.rows += await verifyTable(attempt, storage, name, file, damaged);
  return { ...result, damaged: damaged.list };
}

interface NamedTable {
  name: string;
  file: TableFile;
}

async function readTables(
  attempt: Attempt,
  storage: Storage,
  manifest: Manifest,
  damaged: DamageBook,
): Promise<NamedTable[]> {
  const tables: NamedTable[] = [];
  for (const table of manifest.tables) {
    throwIfStopped(attempt.cancellation.stop);
    const read = () => readTableFile(storage, manifest.id, table);
    const file = await orDamage(damaged, tableObjectKey(manifest.id, table), [table.name], read);
    if (file) tables.push({ name: table.name, file });
  }
  return tables;
}

async function verifyTable(
  attempt: Attempt,
  storage: Storage,
  name: string,
  file: TableFile,
  damaged: DamageBook,
): Promise<bigint> {
  let rows = 0n;
  let bytes = 0;
  const report = (state: 'running' | 'done' | 'failed') =>
    attempt.report({
      ...{ table: name, fragment: null, phase: 'rows', state },
      ...{ rowsDone: Number(rows), rowsTotal: Number(file.rows), bytesDone: bytes, bytesTotal: file.rawBytes },
    });
  for (const fragment of file.fragments) {
    const key = firstSegment(fragment) ?? name;
    const problem = await orDamage(damaged, key, [name], () =>
      fragmentProblem(storage, fragment, attempt.cancellation.stop, (count, size) => {
        rows += count;
        bytes += size;
        report('running');
      }),
    );
    if (problem) damaged.add(key, `${fragment.database}.${fragment.table} on ${fragment.node}: ${problem}`, [name]);
  }
  report(damaged.list.some(({ tables }) => tables.includes(name)) ? 'failed' : 'done');
  return rows;
}

const firstSegment = (fragment: FragmentFile) => fragment.chunks[0]?.segment;

function segmentUsers(tables: readonly NamedTable[]): Map<string, string[]> {
  const users = new Map<string, string[]>();
  for (const { name, file } of tables) {
    const segments = new Set(file.fragments.flatMap(({ chunks }) => chunks.map(({ segment }) => segment)));
    for (const segment of segments) users.set(segment, [...(users.get(segment) ?? []), name]);
  }
  return users;
}

const damageCodes: ReadonlySet<string> = new Set([
  'destination/object-damaged',
  'destination/object-missing',
  'destination/newer-format',
  'destination/unreadable',
]);

/** The object's own failure goes into the book, and the answer is null; any other is thrown. */
async function orDamage<T>(
  damaged: DamageBook,
  key: string,
  tables: readonly string[],
  read: () => Promise<T>,
): Promise<T | null> {
  try {
    return await read();
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    if (!damageCodes.has(error.code)) throw error;
    const named = typeof error.context.key === 'string' ? error.context.key : key;
    damaged.add(named, error.message, tables);
    return null;
  }
}

/** One entry an object: its first problem, and every table it hits. */
class DamageBook {
  readonly list: VerifyResult['damaged'] = [];

  add(key: string, problem: string, tables: readonly string[]): void {
    const known = this.list.find((entry) => entry.key === key);
    if (!known) this.list.push({ key, problem, tables: [...tables] });
    else known.tables.push(...tables.filter((table) => !known.tables.includes(table)));
  }
}
