import type { MysqlConnection } from '../mysql/connection.ts';

/** A table as one storage node lists it. `rows` and `bytes` are the server's estimates, 0 unless asked for. */
export interface StorageTable {
  database: string;
  table: string;
  kind: 'table' | 'view' | 'sequence';
  engine: string | null;
  rows: number;
  bytes: number;
  /** Why the server cannot open it, in its own words; null when it can. */
  broken: string | null;
}

/** Engines that show rows of other tables or servers: a copy would show the same rows, and loading it would write there. */
const elsewhere = new Set(['MRG_MYISAM', 'FEDERATED', 'CONNECT', 'SPIDER', 'SPHINX', 'OQGRAPH']);

/** Why a table cannot be read and brought back, in words that follow its name; null when it can. */
export function storageProblem({ engine, broken }: StorageTable): string | null {
  if (broken !== null) return `the server cannot open it: ${broken}`;
  if (engine === null || !elsewhere.has(engine.toUpperCase())) return null;
  return `its rows lie elsewhere: it uses the engine ${engine}`;
}

const systemDatabases = new Set(['mysql', 'information_schema', 'performance_schema', 'sys', 'kunlun_sysdb']);

/** Databases in which a restore stages its tables come and go; they are nobody's data. */
const stagingDatabase = /^tidemark_[0-9a-hjkmnp-tv-z]{26}(_\d+)?$/;

/** Databases a user's table can lie in, as far as the login may see them. */
export async function listDatabases(connection: MysqlConnection): Promise<string[]> {
  const rows = await connection.query('SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA');
  return rows
    .map((row) => String(row.name))
    .filter((name) => !systemDatabases.has(name.toLowerCase()) && !stagingDatabase.test(name));
}

/**
 * Tables, views and sequences of the named databases; a name that is not there is looked for without regard to case
 * (`lower_case_table_names=1` stores `MixedCase` as `mixedcase`), and one that is nowhere adds nothing. One query per
 * database, equality on its name: only then does the server open that database's folder alone.
 */
export async function listTables(connection: MysqlConnection, wanted: readonly string[]): Promise<StorageTable[]> {
  const databases = await listDatabases(connection);
  const found: StorageTable[] = [];
  for (const database of realNames(databases, wanted)) {
    for (const row of await connection.query(tableSql, [database])) {
      const type = String(row.type);
      if (type === 'SYSTEM VIEW') continue;
      const kind = type === 'VIEW' ? 'view' : type === 'SEQUENCE' ? 'sequence' : 'table';
      const engine = row.engine === null ? null : String(row.engine);
      const broken = kind === 'table' && engine === null ? String(row.remark) : null;
      found.push({ database, table: String(row.name), kind, engine, rows: 0, bytes: 0, broken });
    }
  }
  return found;
}

/** These columns are answered from the definition files; a row count would open every table (9 s for 20,000). */
const tableSql = `SELECT TABLE_NAME AS name, TABLE_TYPE AS type, ENGINE AS engine,
  IF(ENGINE IS NULL, TABLE_COMMENT, '') AS remark FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`;

function realNames(databases: readonly string[], wanted: readonly string[]): Set<string> {
  const real = new Set<string>();
  for (const name of wanted) {
    if (databases.includes(name)) real.add(name);
    else for (const other of databases) if (other.toLowerCase() === name.toLowerCase()) real.add(other);
  }
  return real;
}

/** Finds tables by the names another server gives them: exactly first, then without regard to case. */
export class StorageTables {
  readonly all: readonly StorageTable[];
  private readonly exact = new Map<string, StorageTable>();
  private readonly folded = new Map<string, StorageTable[]>();

  constructor(tables: readonly StorageTable[]) {
    this.all = tables;
    for (const table of tables) {
      this.exact.set(keyOf(table), table);
      const key = keyOf(table).toLowerCase();
      const same = this.folded.get(key);
      if (same) same.push(table);
      else this.folded.set(key, [table]);
    }
  }

  /** Undefined when there is none, or when only case tells several apart and none is written as asked. */
  find(place: { database: string; table: string }): StorageTable | undefined {
    const exact = this.exact.get(keyOf(place));
    if (exact) return exact;
    const folded = this.folded.get(keyOf(place).toLowerCase());
    return folded?.length === 1 ? folded[0] : undefined;
  }
}

/** A NUL is in no name of either server. */
function keyOf(place: { database: string; table: string }): string {
  return `${place.database}\0${place.table}`;
}
