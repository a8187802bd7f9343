import type pg from 'pg';
import { TidemarkError } from '#server/base/error.ts';
import { formatTableName, type TableName } from '#server/contract/table-name.ts';
import type { ComputingDefinition } from '#server/manifest/schema.ts';
import type { PostgresAccess } from '../access.ts';
import { openPostgres } from './connection.ts';
import { optionsOf } from './definition-options.ts';
import { partitionsSql, readLeft } from './definition-parts.ts';

export interface ComputingRead {
  computing: ComputingDefinition;
  /** What was seen and is not in `computing`, in sentences. */
  left: string[];
}

/**
 * The computing node's side of one foreign or partitioned table, at one moment. Every type, expression and name in it
 * is qualified, so that it means the same under any search_path. Errors: `table/not-found`; `table/unsupported` for
 * what is neither foreign nor partitioned.
 */
export async function readComputingDefinition(
  access: PostgresAccess,
  name: TableName,
  options: { signal?: AbortSignal } = {},
): Promise<ComputingRead> {
  const client = await openPostgres({ ...access, database: name.database }, options);
  try {
    return await readComputingDefinitionOn(client, name);
  } finally {
    await client.end();
  }
}

/** The same on an open session outside a transaction: for many tables in a row. */
export async function readComputingDefinitionOn(client: pg.Client, name: TableName): Promise<ComputingRead> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    // Names outside pg_catalog are then written with their schema by every function below.
    await client.query('SET LOCAL search_path = pg_catalog');
    const root = await readRoot(client, name);
    const oid = root.oid;
    const rows = async <T>(sql: string) => (await client.query(sql, [oid])).rows as T[];
    const computing: ComputingDefinition = {
      kind: root.kind === 'p' ? 'partitioned' : 'foreign',
      owner: root.owner,
      comment: root.comment,
      columns: await rows(columnsSql),
      checks: await rows(checksSql),
      partitionKey: root.partitionKey,
      partitions: await rows(partitionsSql),
      server: root.server,
      options: root.options,
      grants: await rows(grantsSql),
      triggers: await rows(triggersSql),
      rules: await rows(rulesSql),
      policies: await rows(policiesSql),
      dependentViews: (await rows<{ name: string }>(viewsSql)).map((row) => row.name),
    };
    return { computing, left: await readLeft(client, oid) };
  } finally {
    await client.query('ROLLBACK');
  }
}

interface Root {
  oid: string;
  kind: 'p' | 'f';
  owner: string;
  comment: string | null;
  partitionKey: string | null;
  server: string | null;
  options: { name: string; value: string }[];
}

async function readRoot(client: pg.Client, name: TableName): Promise<Root> {
  const { rows } = await client.query(rootSql, [name.schema, name.table]);
  const shown = formatTableName(name);
  if (rows.length === 0) throw new TidemarkError('table/not-found', `table ${shown} is not there`);
  if (rows[0].kind !== 'p' && rows[0].kind !== 'f') {
    throw new TidemarkError('table/unsupported', `${shown} is neither a foreign nor a partitioned table`);
  }
  return rows[0];
}

const rootSql = `
SELECT c.oid::text AS oid, c.relkind AS kind, pg_get_userbyid(c.relowner) AS owner,
       obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
       s.srvname AS server, ${optionsOf('ft.ftoptions')} AS options
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
  LEFT JOIN pg_foreign_server s ON s.oid = ft.ftserver
 WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'f', 'v', 'm')`;

const columnsSql = `
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull",
       CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS "default",
       CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END AS generated,
       CASE WHEN a.attcollation <> t.typcollation
            THEN quote_ident(cn.nspname) || '.' || quote_ident(co.collname) END AS collation,
       ${optionsOf('a.attfdwoptions')} AS options, col_description(a.attrelid, a.attnum) AS comment
  FROM pg_attribute a
  JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  LEFT JOIN pg_collation co ON co.oid = a.attcollation
  LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
 WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attnum`;

const checksSql = `
SELECT conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE conrelid = $1 AND contype = 'c' ORDER BY conname`;

/** The owner's own rights come with the table; a revoked one of them is told in `left`. */
const grantsSql = `
SELECT CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee) END AS grantee,
       g.privilege_type AS privilege, g.is_grantable AS grantable, g.col AS column
  FROM (SELECT (aclexplode(c.relacl)).*, NULL::name AS col, 0 AS at, c.relowner FROM pg_class c WHERE c.oid = $1
        UNION ALL
        SELECT (aclexplode(a.attacl)).*, a.attname, a.attnum, c.relowner
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
         WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped) g
 WHERE g.grantee <> g.relowner
 ORDER BY g.at, 1, 2`;

const triggersSql = `
SELECT tgname AS name, pg_get_triggerdef(oid) AS definition
  FROM pg_trigger WHERE tgrelid = $1 AND NOT tgisinternal ORDER BY tgname`;

const rulesSql = `
SELECT rulename AS name, pg_get_ruledef(oid) AS definition FROM pg_rewrite WHERE ev_class = $1 ORDER BY rulename`;

const policiesSql = `
SELECT p.polname AS name, concat_ws(' ',
         CASE WHEN p.polpermissive THEN 'AS PERMISSIVE' ELSE 'AS RESTRICTIVE' END,
         'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                                 WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
         'TO ' || (SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ')
                     FROM unnest(p.polroles) r),
         'USING (' || pg_get_expr(p.polqual, p.polrelid) || ')',
         'WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS definition
  FROM pg_policy p WHERE p.polrelid = $1 ORDER BY p.polname`;

const viewsSql = `
SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(v.relname) AS name
  FROM pg_depend d
  JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
  JOIN pg_class v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
  JOIN pg_namespace n ON n.oid = v.relnamespace
 WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 ORDER BY 1`;
