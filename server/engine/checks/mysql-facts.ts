import type { Clock } from '#server/base/clock.ts';
import type { MysqlConnection } from '../mysql/connection.ts';
import { mysqlErrno } from '../mysql/errno.ts';
import { type ClockSkew, measureSkew } from './clock-skew.ts';
import { type Grant, parseGrants } from './grants.ts';
import { atLeast, parseVersion, type Version } from './version.ts';

/** What one MySQL-wire server says of itself; null where it, or this login's rights, do not tell. */
export interface MysqlFacts {
  versionText: string;
  version: Version | undefined;
  flavor: 'mariadb' | 'mysql';
  /** Global variables by name, as text; those a version lacks are absent. */
  settings: Map<string, string>;
  currentUser: string;
  grants: Grant[];
  /** Databases that the binlog keeps alone, and leaves out; comma-separated, empty = no filter. */
  binlogFilters: { only: string; without: string } | null;
  skew: ClockSkew | null;
  freeBytes: number | null;
}

const settingNames = [
  'log_bin',
  'log_bin_trust_function_creators',
  'binlog_format',
  'binlog_row_image',
  'sync_binlog',
  'expire_logs_days',
  'binlog_expire_logs_seconds',
  'innodb_autoinc_lock_mode',
  'read_only',
  'super_read_only',
  'lower_case_table_names',
  'time_zone',
  'system_time_zone',
];

export async function readMysqlFacts(connection: MysqlConnection, clock: Clock): Promise<MysqlFacts> {
  const names = settingNames.map((name) => `'${name}'`).join(', ');
  const settings = new Map<string, string>();
  for (const row of await connection.query(`SHOW GLOBAL VARIABLES WHERE Variable_name IN (${names})`)) {
    settings.set(String(row.Variable_name), String(row.Value));
  }
  const [who] = await connection.query('SELECT VERSION() AS version, CURRENT_USER() AS user');
  const versionText = String(who!.version);
  const version = parseVersion(versionText);
  const { flavor } = connection;
  const grants = await connection.query('SHOW GRANTS');
  return {
    versionText,
    version,
    flavor,
    settings,
    currentUser: String(who!.user),
    grants: parseGrants(grants.map((row) => String(Object.values(row)[0]))),
    binlogFilters: await readFilters(connection, flavor, version),
    skew: await measureSkew(() => serverTime(connection), clock),
    freeBytes: await readFreeBytes(connection),
  };
}

/** Free of the session's zone: the server's clock in UTC, to the microsecond. */
async function serverTime(connection: MysqlConnection): Promise<number> {
  const [row] = await connection.query('SELECT CAST(UTC_TIMESTAMP(6) AS CHAR) AS now');
  return Date.parse(`${String(row!.now).replace(' ', 'T')}Z`);
}

async function readFilters(
  connection: MysqlConnection,
  flavor: 'mariadb' | 'mysql',
  version: Version | undefined,
): Promise<MysqlFacts['binlogFilters']> {
  const renamed = flavor === 'mysql' && version !== undefined && atLeast(version, 8, 2);
  const rows = await unlessRefused(() => connection.query(renamed ? 'SHOW BINARY LOG STATUS' : 'SHOW MASTER STATUS'));
  const row = rows?.[0];
  return row ? { only: String(row.Binlog_Do_DB ?? ''), without: String(row.Binlog_Ignore_DB ?? '') } : null;
}

/**
 * Bytes free where the data lies, null when the server does not tell. MariaDB tells through its plugin `disks`, to who
 * has FILE; the disk is the one mounted deepest above the data.
 */
export async function readFreeBytes(connection: MysqlConnection): Promise<number | null> {
  if (connection.flavor !== 'mariadb') return null;
  const [place] = await connection.query('SELECT @@datadir AS folder');
  const dataFolder = String(place!.folder);
  const rows = await unlessRefused(() =>
    connection.query('SELECT Path AS path, Available AS kib FROM information_schema.DISKS'),
  );
  let deepest: { path: string; bytes: number } | null = null;
  for (const row of rows ?? []) {
    const path = String(row.path);
    const holds = dataFolder === path || dataFolder.startsWith(path.endsWith('/') ? path : `${path}/`);
    if (!holds || (deepest !== null && path.length <= deepest.path.length)) continue;
    deepest = { path, bytes: Number(row.kib) * 1_024 };
  }
  return deepest?.bytes ?? null;
}

/** Undefined when the server understood and would not: no right, no such table. A lost connection is still thrown. */
async function unlessRefused<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (mysqlErrno(error) === undefined) throw error;
    return undefined;
  }
}
