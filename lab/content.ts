import pg from 'pg';
import { serverName } from './clusters/fdw-servers.ts';
import { quoteMysql } from './clusters/foreign-table.ts';
import type { ClusterName, LabNode } from './node.ts';
import { nodeNamed } from './node.ts';
import { ShardSession } from './workload/shard-session.ts';

/** What a table holds, whatever its name, layout and order of rows. */
export interface Content {
  readonly rows: bigint;
  /** The sum of 60 bits of every row's MD5, over all columns by name. */
  readonly digest: bigint;
  readonly fragments: number;
}

/**
 * Reads a table of an `fdw` cluster where its rows lie, by SQL alone: a proof that shares nothing with what it proves.
 * The fragments are those the computing node names. `table` as PostgreSQL takes it: `public.transfer_account`.
 */
export async function contentOf(nodes: readonly LabNode[], cluster: ClusterName, table: string): Promise<Content> {
  const pieces = await piecesOf(nodeNamed(nodes, `${cluster}-computing`), table);
  const shards = nodes.filter((node) => node.cluster === cluster && node.role === 'storage');
  const read = await Promise.all(
    shards.map((shard) =>
      pieceContents(
        shard,
        pieces.filter((piece) => piece.server === serverName(shard)),
      ),
    ),
  );
  const all = read.flat();
  return {
    rows: all.reduce((sum, piece) => sum + piece.rows, 0n),
    digest: all.reduce((sum, piece) => sum + piece.digest, 0n),
    fragments: all.length,
  };
}

export const sameContent = (a: Content, b: Content): boolean => a.rows === b.rows && a.digest === b.digest;

interface Piece {
  readonly server: string;
  readonly database: string;
  readonly name: string;
}

async function piecesOf(computing: LabNode, table: string): Promise<Piece[]> {
  const { host, port, database, appUser: user, appPassword: password } = computing;
  const client = new pg.Client({ host, port, database, user, password, ssl: false });
  await client.connect();
  try {
    const { rows } = await client.query<Piece>(
      `WITH RECURSIVE piece AS (
         SELECT $1::regclass::oid AS oid
         UNION ALL SELECT inhrelid FROM pg_inherits JOIN piece ON inhparent = piece.oid)
       SELECT srvname AS server, given.database, coalesce(given.name, relname) AS name
         FROM piece JOIN pg_class ON pg_class.oid = piece.oid JOIN pg_foreign_table ON ftrelid = piece.oid
         JOIN pg_foreign_server ON pg_foreign_server.oid = ftserver,
         LATERAL (SELECT max(option_value) FILTER (WHERE option_name = 'dbname') AS database,
                         max(option_value) FILTER (WHERE option_name = 'table_name') AS name
                    FROM pg_options_to_table(ftoptions)) given`,
      [table],
    );
    return rows;
  } finally {
    await client.end();
  }
}

async function pieceContents(shard: LabNode, pieces: readonly Piece[]) {
  const session = new ShardSession(shard);
  try {
    const contents: { rows: bigint; digest: bigint }[] = [];
    for (const { database, name } of pieces) contents.push(await pieceContent(session, database, name));
    return contents;
  } finally {
    await session.drop();
  }
}

async function pieceContent(session: ShardSession, database: string, name: string) {
  const columns = await session.query(
    `SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = ${text(database)} AND table_name = ${text(name)} ORDER BY column_name`,
  );
  const values = columns.map((column) => `quote(${quoteMysql(String(column.name))})`);
  const [row] = await session.query(
    `SELECT cast(count(*) AS char) AS n,
            cast(coalesce(sum(cast(conv(left(md5(concat_ws(',', ${values.join(', ')})), 15), 16, 10) AS decimal(20))), 0) AS char) AS digest
       FROM ${quoteMysql(database)}.${quoteMysql(name)}`,
  );
  return { rows: BigInt(String(row!.n)), digest: BigInt(String(row!.digest)) };
}

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
