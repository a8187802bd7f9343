import type { Chunk, FragmentColumn, Manifest, TableFile } from './schema.ts';
import type { StoredTable } from './write-table.ts';

/** A small whole backup, for tests: one table of one fragment, with the columns and chunks given. */
export function sampleTable(
  id: string,
  columns: FragmentColumn[],
  chunks: Chunk[],
  digest = '0'.repeat(32),
): TableFile {
  const position = { file: 'binlog.000001', offset: '4', gtid: '' };
  const rows = chunks.reduce((sum, chunk) => sum + BigInt(chunk.rows), 0n).toString();
  const rawBytes = chunks.reduce((sum, chunk) => sum + chunk.rawBytes, 0);
  const storedBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    format: 1,
    id,
    name: { database: 'shop', schema: '', table: 'orders' },
    computing: null,
    fragments: [
      {
        index: 0,
        node: 'shop',
        database: 'shop',
        table: 'orders',
        partition: null,
        createTable: 'CREATE TABLE `orders` (`id` int)',
        sqlMode: '',
        databaseCollation: 'utf8mb4_general_ci',
        columns,
        indexes: [],
        foreignKeys: [],
        triggers: [],
        autoIncrement: null,
        position,
        ownSnapshot: false,
        rows,
        digest,
        rawBytes,
        storedBytes,
        chunks,
      },
    ],
    rows,
    rawBytes,
    storedBytes,
    left: [],
  };
}

export function sampleManifest(id: string, table: TableFile, stored: string | StoredTable): Manifest {
  const { sha256, packed } = typeof stored === 'string' ? { sha256: stored, packed: undefined } : stored;
  const at = '2026-11-20T10:15:00.000Z';
  return {
    format: packed ? 2 : 1,
    id,
    repositoryId: '01jabcdefghjkmnpqrstvwxyz0',
    cluster: { id: '1', name: 'shop', kind: 'mysql' },
    method: 'logical',
    startedAt: at,
    finishedAt: at,
    cut: { at, proven: true, reason: '', heldMs: 1, attempts: 1, nodes: [] },
    nodes: [],
    tables: [
      {
        id: table.id,
        name: 'shop.orders',
        sha256,
        ...(packed && { packed }),
        rows: table.rows,
        rawBytes: table.rawBytes,
        storedBytes: table.storedBytes,
        fragments: 1,
      },
    ],
    failed: [],
    objects: [],
    segments: [],
    longestWriterWaitMs: 0,
  };
}
