import pg from 'pg';

/**
 * A table as an `fdw` cluster has it: columns on the computing node, columns, keys and comments on the shards, and its
 * pieces. The computing node is told nothing about keys; the shards are told nothing about bounds.
 */
export interface ForeignTable {
  readonly schema: string;
  readonly name: string;
  /** Columns and constraints on the computing node, without the brackets. */
  readonly columns: string;
  /** Everything after the name in the shards' CREATE TABLE. */
  readonly onShard: string;
  /** `hash (id)`; absent for a table that is one piece. */
  readonly partitionBy?: string;
  /** Partitions that are themselves partitioned. */
  readonly branches?: readonly { name: string; bound: string; partitionBy: string }[];
  readonly pieces: readonly Piece[];
  /** Further statements on the computing node: comments, grants, views. */
  readonly afterwards?: string;
}

export interface Piece {
  readonly name: string;
  readonly shard: string;
  /** `FOR VALUES …` or `DEFAULT`; absent for a table that is one piece. */
  readonly bound?: string;
  /** The branch it belongs to, where not the table itself. */
  readonly branch?: string;
  /** Statements for the shard that fill it; the table's own database is current. */
  readonly rows?: string;
}

/** Klustron's naming of the storage database of a schema. */
export const storageDatabase = (schema: string): string => `postgres_$$_${schema}`;

export const quotePostgres = (name: string): string => pg.escapeIdentifier(name);
export const quoteMysql = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Statements for the computing node. */
export function computingDdl(table: ForeignTable): string {
  const named = (name: string) => `${quotePostgres(table.schema)}.${quotePostgres(name)}`;
  const statements: string[] = [];
  if (table.partitionBy !== undefined) {
    statements.push(`CREATE TABLE ${named(table.name)} (${table.columns}) PARTITION BY ${table.partitionBy}`);
  }
  for (const branch of table.branches ?? []) {
    statements.push(
      `CREATE TABLE ${named(branch.name)} PARTITION OF ${named(table.name)} ${branch.bound} PARTITION BY ${branch.partitionBy}`,
    );
  }
  for (const piece of table.pieces) {
    const body =
      piece.bound === undefined
        ? `(${table.columns})`
        : `PARTITION OF ${named(piece.branch ?? table.name)} ${piece.bound}`;
    const options = `dbname ${pg.escapeLiteral(storageDatabase(table.schema))}, table_name ${pg.escapeLiteral(piece.name)}`;
    statements.push(
      `CREATE FOREIGN TABLE ${named(piece.name)} ${body} SERVER ${quotePostgres(piece.shard)} OPTIONS (${options})`,
    );
  }
  return `${[...statements, table.afterwards ?? ''].join(';\n')};\n`;
}

/** Statements for one shard: the database, the pieces that live there, their rows. */
export function shardSql(table: ForeignTable, shard: string): string {
  const database = quoteMysql(storageDatabase(table.schema));
  const pieces = table.pieces.filter((piece) => piece.shard === shard);
  if (pieces.length === 0) return '';
  return [
    `CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4`,
    `USE ${database}`,
    ...pieces.flatMap((piece) => [`CREATE TABLE ${quoteMysql(piece.name)} ${table.onShard}`, piece.rows ?? 'DO 0']),
    '',
  ].join(';\n');
}
