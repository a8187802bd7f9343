import type pg from 'pg';
import type { Clock } from '#server/base/clock.ts';
import { type ClockSkew, measureSkew } from './clock-skew.ts';
import { pgDumpVersion } from './pg-dump.ts';
import { parseVersion, type Version } from './version.ts';

/** What a computing node says of itself and of the rights of our role. */
export interface PostgresFacts {
  versionText: string;
  version: Version | undefined;
  role: string;
  database: string;
  timeZone: string;
  /** Version of the extension in this database; null when it is not installed. */
  mysqlFdw: string | null;
  servers: { name: string; usage: boolean; mapped: boolean }[];
  createInDatabase: boolean;
  schemas: { name: string; usage: boolean; create: boolean }[];
  /** Tables, as `schema.name`, that the role may not read. */
  unreadable: { schema: string; name: string }[];
  /** Owners of tables whose member the role is not, so that it can give them nothing back. */
  foreignOwners: string[];
  skew: ClockSkew | null;
  pgDump: string | null;
}

/** Only what every role may read; of user mappings that they exist, never their options. */
export async function readPostgresFacts(client: pg.Client, clock: Clock, signal?: AbortSignal): Promise<PostgresFacts> {
  const [self] = (await client.query(selfSql)).rows;
  return {
    versionText: self.version,
    version: parseVersion(self.version),
    role: self.role,
    database: self.database,
    timeZone: self.timeZone,
    mysqlFdw: self.mysqlFdw,
    servers: (await client.query(serverSql)).rows,
    createInDatabase: self.createInDatabase,
    schemas: (await client.query(schemaSql)).rows,
    unreadable: (await client.query(unreadableSql)).rows,
    foreignOwners: (await client.query(ownerSql)).rows.map((row) => row.name),
    skew: await measureSkew(() => serverTime(client), clock),
    pgDump: await pgDumpVersion(signal),
  };
}

async function serverTime(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select extract(epoch from clock_timestamp())::float8 * 1000 as now');
  return rows[0].now;
}

const selfSql = `
select current_setting('server_version') as version, current_user as role, current_database() as database,
       current_setting('TimeZone') as "timeZone",
       (select extversion from pg_catalog.pg_extension where extname = 'mysql_fdw') as "mysqlFdw",
       has_database_privilege(current_database(), 'CREATE') as "createInDatabase"`;

/** A mapping for public (umuser 0) serves everybody. */
const serverSql = `
select s.srvname as name, has_server_privilege(s.oid, 'USAGE') as usage,
       exists (select from pg_catalog.pg_user_mappings m
                where m.srvid = s.oid and (m.umuser = 0 or m.usename = current_user)) as mapped
  from pg_catalog.pg_foreign_server s
  join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw
  join pg_catalog.pg_proc h on h.oid = w.fdwhandler
 where h.proname = 'mysql_fdw_handler'
 order by s.srvname collate "C"`;

const userTable = `c.relkind in ('f', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

const schemaSql = `
select distinct n.nspname as name, has_schema_privilege(n.oid, 'USAGE') as usage,
       has_schema_privilege(n.oid, 'CREATE') as "create"
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where ${userTable} order by 1`;

const unreadableSql = `
select n.nspname as schema, c.relname as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where ${userTable} and not c.relispartition and not has_table_privilege(c.oid, 'SELECT') order by 1, 2`;

const ownerSql = `
select distinct pg_get_userbyid(c.relowner)::text as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
 where ${userTable} and not pg_has_role(c.relowner, 'MEMBER') order by 1`;
