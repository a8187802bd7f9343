import type pg from 'pg';
import type { ClusterAccess } from '../cluster-access.ts';
import { type CatalogRelation, relationsOf } from './partition-tree.ts';
import { type ForeignServer, storageNodes } from './storage-nodes.ts';
import type { Survey } from './survey.ts';

export type FdwAccess = Extract<ClusterAccess, { kind: 'fdw' | 'klustron' }>;

/**
 * Where the tables of an `fdw` cluster lie, from the catalogs of its computing node and nothing else. Three reads,
 * whatever the number of tables. User mappings are never read: they hold passwords.
 */
export async function surveyFdw(client: pg.Client, access: FdwAccess): Promise<Survey> {
  await client.query('begin transaction isolation level repeatable read read only');
  try {
    const { database } = (await client.query('select current_database() as database')).rows[0];
    const servers: ForeignServer[] = (await client.query(serverSql)).rows;
    const rows: CatalogRelation[] = (await client.query(relationSql)).rows;
    const nodes = storageNodes(servers, access.computing, access.storage);
    const nodeOf = new Map(nodes.flatMap((node) => node.servers.map((server) => [server, node.name] as const)));
    const byOid = new Map(servers.map((server) => [server.oid, server]));
    return { kind: access.kind, nodes, ...relationsOf(database, rows, { byOid, nodeOf }) };
  } finally {
    await client.query('rollback').catch(() => {});
  }
}

const serverSql = `
select s.oid, s.srvname as name, w.fdwname as wrapper, coalesce(h.proname, '') as handler,
       (select option_value from pg_options_to_table(s.srvoptions) where option_name = 'host') as host,
       (select option_value from pg_options_to_table(s.srvoptions) where option_name = 'port') as port
  from pg_catalog.pg_foreign_server s
  join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
  left join pg_catalog.pg_proc h on h.oid = w.fdwhandler
 order by s.srvname collate "C"`;

/** Members of extensions and sequences that belong to a column are no tables of the user's. */
const relationSql = `
select c.oid, n.nspname as schema, c.relname as name, c.relkind::text as relkind, i.inhparent as parent,
       f.ftserver as server,
       (select option_value from pg_options_to_table(f.ftoptions) where option_name = 'dbname') as "optionDatabase",
       (select option_value from pg_options_to_table(f.ftoptions) where option_name = 'table_name') as "optionTable"
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  left join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid
  left join pg_catalog.pg_inherits i on i.inhrelid = c.oid and c.relispartition
 where c.relkind in ('r', 'p', 'f', 'v', 'm', 'S')
   and c.relpersistence <> 't'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_catalog.pg_depend d
                    where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid
                      and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
 order by n.nspname collate "C", c.relname collate "C"`;
