import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import { namePartsOf } from '#server/contract/cluster.ts';
import type { RestoreInput } from '#server/contract/restore.ts';
import { formatTableName, parseTableName, sameTable, type TableName } from '#server/contract/table-name.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Manifest, TableFile } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { type TargetNaming, targetName } from './target-name.ts';
import type { TargetWorld } from './world.ts';

/** One table of the request with what the backup holds of it and where it will go; or why it cannot. */
export interface TableRequest {
  input: RestoreInput['tables'][number];
  source: TableName;
  target: TableName;
  file: TableFile;
  /** Whether something of the target's name is there now. */
  exists: boolean;
}

export type RequestOutcome = TableRequest | { input: RestoreInput['tables'][number]; problem: TidemarkError };

/** Requests in their order. Nothing is thrown for one table; a destination that cannot be read at all is. */
export async function readRequests(
  tables: RestoreInput['tables'],
  context: { storage: Storage; manifest: Manifest; naming: TargetNaming; world: TargetWorld },
): Promise<RequestOutcome[]> {
  const taken = new Set<string>();
  const outcomes: RequestOutcome[] = [];
  for (const input of tables) {
    try {
      const request = await readRequest(input, context);
      const key = formatTableName(request.target);
      if (taken.has(key)) {
        throw new TidemarkError('input/invalid', `two tables of this restore would become ${key}`, {
          hint: 'Give each its own target.',
        });
      }
      taken.add(key);
      outcomes.push(request);
    } catch (error) {
      outcomes.push({ input, problem: asTidemarkError(error) });
    }
  }
  return outcomes;
}

async function readRequest(
  input: RestoreInput['tables'][number],
  { storage, manifest, naming, world }: Parameters<typeof readRequests>[1],
): Promise<TableRequest> {
  const source = parseTableName(input.source, namePartsOf(naming.sourceKind));
  const shown = formatTableName(source);
  const entry = manifest.tables.find((table) => table.name === shown);
  if (!entry) throw notInBackup(source, manifest);
  const file = await readTableFile(storage, manifest.id, entry);
  if (!sameTable(file.name, source)) {
    throw new TidemarkError('destination/object-damaged', `the file of table ${entry.name} describes another table`, {
      context: { tableId: entry.id },
    });
  }
  const target = targetName(source, input.target, file.fragments[0]?.database ?? source.database, naming);
  const exists =
    naming.targetKind === 'mysql'
      ? await world.hasTable(world.nodes[0]!.name, target)
      : await world.hasRelation(target.schema, target.table);
  return { input, source, target, file, exists };
}

function notInBackup(source: TableName, manifest: Manifest): TidemarkError {
  const shown = formatTableName(source);
  const failed = manifest.failed.find((table) => table.name === shown);
  const why = failed ? `failed when the backup was made: ${failed.message}` : 'is not in this backup';
  return new TidemarkError('backup/incomplete', `table ${shown} ${why}`, {
    hint: 'Choose another backup, or check the name: case counts.',
    context: { backup: manifest.id },
  });
}
