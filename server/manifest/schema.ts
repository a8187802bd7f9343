import { z } from 'zod';

/**
 * What lies in a repository, as written to JSON. Read it with this and nothing else; a newer `format` is refused by
 * number. Sizes are bytes; `rawBytes` = rows before compression, `storedBytes` = what lies on the destination.
 * 64-bit numbers are decimal text. Digests are lower-case hex.
 */
export const manifestFormat = 1;
/** A manifest of format 2 has table files that lie in packs; one without them is still written as format 1. */
export const packedManifestFormat = 2;

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const at = z.iso.datetime({ offset: true });
const decimal = z.string().regex(/^-?\d+$/);

/** Where a node's binlog stood at a snapshot. `gtid` is the server's own text; empty where GTIDs are off. */
export const position = z.object({ file: z.string(), offset: decimal, gtid: z.string() });
export type Position = z.infer<typeof position>;

/** How the values of a column lie in a row; README.txt, "FORMATS OF COLUMNS". A reader refuses a greater number. */
export const columnFormat = {
  /** As the protocol sends a column of this type. */
  asSent: 1,
  /** Of ENUM: the number of its member, 0 for the error value; `type` is that of an integer. */
  enumNumber: 2,
} as const;
export const newestColumnFormat = Math.max(...Object.values(columnFormat));

/** One column of a fragment as the MySQL wire showed it: type and flags are protocol numbers, `declared` is SQL. */
export const fragmentColumn = z.object({
  name: z.string(),
  type: z.number().int(),
  flags: z.number().int(),
  charset: z.number().int(),
  decimals: z.number().int(),
  declared: z.string(),
  /** Generated columns are read and digested, never written. */
  generated: z.boolean(),
  /** See columnFormat. Absent, as in the oldest backups: 1. */
  format: z.number().int().min(1).optional(),
});
export type FragmentColumn = z.infer<typeof fragmentColumn>;

/** A key range of rows: a run of zstd frames at `offset` in a segment. Rows lie as in README.txt, "rows". */
export const chunk = z.object({
  segment: z.string(),
  offset: z.number().int().min(0),
  length: z.number().int().min(0),
  sha256: hex(64),
  rows: decimal,
  rawBytes: z.number().int(),
});
export type Chunk = z.infer<typeof chunk>;

export const fragmentFile = z.object({
  index: z.number().int(),
  node: z.string(),
  database: z.string(),
  table: z.string(),
  partition: z.string().nullable(),
  /** SHOW CREATE TABLE, verbatim, and the sql_mode it was read under. */
  createTable: z.string(),
  sqlMode: z.string(),
  /** Default collation of the database, for making it where it is missing. */
  databaseCollation: z.string(),
  /** What `createTable` holds, from the catalogs: enough to build indexes and foreign keys apart from it. */
  columns: z.array(fragmentColumn),
  indexes: z.array(
    z.object({
      name: z.string(),
      unique: z.boolean(),
      kind: z.enum(['btree', 'hash', 'fulltext', 'spatial']),
      columns: z.array(z.object({ name: z.string(), prefix: z.number().nullable(), descending: z.boolean() })),
      comment: z.string(),
      ignored: z.boolean(),
    }),
  ),
  foreignKeys: z.array(
    z.object({
      name: z.string(),
      columns: z.array(z.string()),
      refDatabase: z.string(),
      refTable: z.string(),
      refColumns: z.array(z.string()),
      onUpdate: z.string(),
      onDelete: z.string(),
    }),
  ),
  /** In the order in which they fire. `create` is SHOW CREATE TRIGGER verbatim; the parts rebuild it under another name. */
  triggers: z.array(
    z.object({
      name: z.string(),
      create: z.string(),
      definer: z.string(),
      sqlMode: z.string(),
      timing: z.enum(['BEFORE', 'AFTER']),
      event: z.enum(['INSERT', 'UPDATE', 'DELETE']),
      statement: z.string(),
    }),
  ),
  autoIncrement: decimal.nullable(),
  /** What column defaults draw from, and the value each goes on at. Absent where there is none. */
  sequences: z
    .array(z.object({ database: z.string(), name: z.string(), create: z.string(), next: decimal }))
    .optional(),
  /** The position this fragment's rows stand at: the cut's, or its own when it had to be taken again. */
  position,
  ownSnapshot: z.boolean(),
  rows: decimal,
  /** Sum modulo 2^128 of the hash of every row; README.txt, "digest". */
  digest: hex(32),
  /** No row is longer: what a server must take at once. Absent in the oldest backups. */
  longestRowBytes: z.number().int().optional(),
  rawBytes: z.number().int(),
  storedBytes: z.number().int(),
  chunks: z.array(chunk),
});
export type FragmentFile = z.infer<typeof fragmentFile>;

/** The computing node's side of a table, from its catalogs. Absent on `mysql`. */
export const computingDefinition = z.object({
  kind: z.enum(['foreign', 'partitioned']),
  owner: z.string(),
  comment: z.string().nullable(),
  columns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      notNull: z.boolean(),
      default: z.string().nullable(),
      generated: z.string().nullable(),
      collation: z.string().nullable(),
      options: z.array(z.object({ name: z.string(), value: z.string() })),
      comment: z.string().nullable(),
    }),
  ),
  checks: z.array(z.object({ name: z.string(), definition: z.string() })),
  /** pg_get_partkeydef, null for an unpartitioned table. */
  partitionKey: z.string().nullable(),
  /** Every relation below the root, parents first; leaves are foreign tables with server and options. */
  partitions: z.array(
    z.object({
      schema: z.string(),
      name: z.string(),
      parentSchema: z.string(),
      parent: z.string(),
      bound: z.string(),
      partitionKey: z.string().nullable(),
      server: z.string().nullable(),
      options: z.array(z.object({ name: z.string(), value: z.string() })),
      /** Options that a foreign leaf sets on its columns. */
      columnOptions: z.array(z.object({ column: z.string(), name: z.string(), value: z.string() })),
      comment: z.string().nullable(),
    }),
  ),
  server: z.string().nullable(),
  options: z.array(z.object({ name: z.string(), value: z.string() })),
  grants: z.array(
    z.object({ grantee: z.string(), privilege: z.string(), grantable: z.boolean(), column: z.string().nullable() }),
  ),
  triggers: z.array(z.object({ name: z.string(), definition: z.string() })),
  rules: z.array(z.object({ name: z.string(), definition: z.string() })),
  policies: z.array(z.object({ name: z.string(), definition: z.string() })),
  dependentViews: z.array(z.string()),
});
export type ComputingDefinition = z.infer<typeof computingDefinition>;

/** `backups/<id>/tables/<table-id>.json` */
export const tableFile = z.object({
  format: z.literal(manifestFormat),
  id: z.string(),
  name: z.object({ database: z.string(), schema: z.string(), table: z.string() }),
  computing: computingDefinition.nullable(),
  fragments: z.array(fragmentFile),
  rows: decimal,
  rawBytes: z.number().int(),
  storedBytes: z.number().int(),
  /** What was seen and is not in this file, in sentences: shown as "will not come back". */
  left: z.array(z.string()),
});
export type TableFile = z.infer<typeof tableFile>;

/** Objects that belong to a schema or database rather than to a table: views, routines, events (kind `mysql`). */
export const schemaObject = z.object({
  kind: z.enum(['view', 'procedure', 'function', 'event', 'sequence']),
  database: z.string(),
  name: z.string(),
  create: z.string(),
  definer: z.string(),
  sqlMode: z.string(),
  /** Of a sequence: the value it goes on at. */
  next: decimal.optional(),
});
export type SchemaObject = z.infer<typeof schemaObject>;

/** One instant over all nodes. `proven` = commits were held on every node and no transaction was between two of them. */
export const cut = z.object({
  at,
  proven: z.boolean(),
  /** Empty when proven; else a sentence that names the guarantee that is lost and why. */
  reason: z.string(),
  /** How long commits were held, in milliseconds. */
  heldMs: z.number(),
  attempts: z.number().int(),
  nodes: z.array(
    z.object({
      node: z.string(),
      position,
      serverId: z.number(),
      serverUuid: z.string().nullable(),
      preparedXids: z.array(z.string()),
    }),
  ),
});
export type Cut = z.infer<typeof cut>;

/** `backups/<id>/manifest.json`: the last object written; a backup without it does not exist. */
export const manifest = z.object({
  format: z.literal([manifestFormat, packedManifestFormat]),
  id: z.string(),
  repositoryId: z.string(),
  cluster: z.object({ id: z.string(), name: z.string(), kind: z.enum(['fdw', 'klustron', 'mysql', 'postgres']) }),
  method: z.literal('logical'),
  startedAt: at,
  finishedAt: at,
  cut,
  nodes: z.array(
    z.object({
      name: z.string(),
      host: z.string(),
      port: z.number(),
      version: z.string(),
      /** `host:port` of the replica that was read instead; positions are the node's all the same. */
      replica: z.string().optional(),
    }),
  ),
  tables: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      sha256: hex(64),
      rows: decimal,
      rawBytes: z.number().int(),
      storedBytes: z.number().int(),
      fragments: z.number().int(),
      /** Where its file lies when it has no object of its own: bytes of a pack of this backup. */
      packed: z
        .object({ key: z.string(), offset: z.number().int().min(0), length: z.number().int().min(1) })
        .optional(),
    }),
  ),
  /** Tables that were asked for and could not be taken; they are not in this backup. */
  failed: z.array(z.object({ name: z.string(), code: z.string(), message: z.string() })),
  objects: z.array(schemaObject),
  segments: z.array(z.object({ key: z.string(), bytes: z.number().int(), sha256: hex(64) })),
  /** Longest time any writer was made to wait by us, in milliseconds, and where that is known from. */
  longestWriterWaitMs: z.number(),
});
export type Manifest = z.infer<typeof manifest>;

/** `backups/<id>/intent.json`: who writes this backup, since when. */
export const intent = z.object({
  format: z.literal(manifestFormat),
  id: z.string(),
  cluster: z.string(),
  startedAt: at,
  writer: z.string(),
});

/** `repo.json` */
export const repository = z.object({ format: z.literal(manifestFormat), id: z.string(), createdAt: at });
export type Repository = z.infer<typeof repository>;

/** `tombstones/<id>.json`: a backup that is being removed, with what it named, so that a removal can be finished. */
export const tombstone = z.object({
  format: z.literal(manifestFormat),
  id: z.string(),
  removedAt: at,
  segments: z.array(z.string()),
});
export type Tombstone = z.infer<typeof tombstone>;
