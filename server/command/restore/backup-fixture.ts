import { ulid } from 'ulid';
import { systemClock } from '#server/base/clock.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { takeCut } from '#server/engine/mysql/cut.ts';
import { dumpFragments } from '#server/engine/mysql/dump.ts';
import { readComputingDefinition } from '#server/engine/postgres/definition.ts';
import { type LocatedTable, locateTables } from '#server/engine/topology/locate.ts';
import { tableIdOf } from '#server/manifest/keys.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import type { FragmentFile, Manifest, TableFile } from '#server/manifest/schema.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import { openSegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { Storage } from '#server/storage/contract.ts';

/**
 * A backup with nothing but what a restore reads; small chunks, so that a table has several. `change` may falsify what
 * is recorded of a table. Answers with its id.
 */
export async function makeBackup(
  access: ClusterAccess,
  storage: Storage,
  tables: string[],
  change: (file: TableFile) => void = () => {},
): Promise<string> {
  const id = ulid().toLowerCase();
  const scope = { all: false, databases: [], schemas: [], tables, patterns: [], exclude: [] };
  const located = await locateTables(access, { scope });
  const never = new AbortController().signal;
  const signals = { stop: never, abandon: never, clock: systemClock };
  const nodes = [...located.nodes].map(([name, node]) => ({ name, access: node }));
  const cut = await takeCut(nodes, { connectionsPerNode: 1, ...signals });
  let ordinal = 0;
  const openWriter = () => openSegmentWriter({ storage, attemptId: id, nextOrdinal: () => ordinal++ });
  const fragments = located.tables.flatMap((table) => table.fragments.map((place) => ({ ...place, of: table })));
  const dumped = await dumpFragments({ cut, fragments, openWriter, chunkBytes: 200_000, ...signals }).finally(() =>
    cut.close(),
  );
  const manifest: Manifest = {
    format: 1,
    id,
    repositoryId: ulid().toLowerCase(),
    cluster: { id: access.id, name: access.name, kind: access.kind },
    method: 'logical',
    startedAt: cut.cut.at,
    finishedAt: cut.cut.at,
    cut: cut.cut,
    nodes: [],
    tables: [],
    failed: [],
    objects: [],
    segments: dumped.segments,
    longestWriterWaitMs: 0,
  };
  for (const [n, table] of located.tables.entries()) {
    const own = [...dumped.fragments].filter(([fragment]) => fragment.of === table);
    const files = own.map(([place, outcome], index): FragmentFile => {
      if (outcome instanceof Error) throw outcome;
      const { definition, rows, chunks, left: _, ...rest } = outcome;
      const { node, database, table: name, partition } = place;
      return {
        index,
        node,
        database,
        table: name,
        partition,
        ...definition,
        ...rest,
        rows: `${rows}`,
        chunks: [...chunks],
      };
    });
    manifest.tables.push(await writeTable(access, storage, id, tableIdOf(id, n), table, files, change));
  }
  await publishManifest(storage, manifest);
  return id;
}

async function writeTable(
  access: ClusterAccess,
  storage: Storage,
  backupId: string,
  id: string,
  { name }: LocatedTable,
  fragments: FragmentFile[],
  change: (file: TableFile) => void,
): Promise<Manifest['tables'][number]> {
  const side = access.kind === 'mysql' ? null : await readComputingDefinition(access.computing, name);
  const sum = (of: (fragment: FragmentFile) => number) => fragments.reduce((total, one) => total + of(one), 0);
  const sizes = {
    rows: `${sum((fragment) => Number(fragment.rows))}`,
    rawBytes: sum((fragment) => fragment.rawBytes),
    storedBytes: sum((fragment) => fragment.storedBytes),
  };
  const file: TableFile = {
    format: 1,
    id,
    name,
    computing: side?.computing ?? null,
    fragments,
    ...sizes,
    left: side?.left ?? [],
  };
  change(file);
  const { sha256 } = await writeTableFile(storage, backupId, file);
  return { id, name: formatTableName(name), sha256, ...sizes, fragments: fragments.length };
}
