import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';

/**
 * Lets Prisma's WebAssembly schema engine work on PostgreSQL. The stock adapter is written for queries; migrations ask
 * three more things of it:
 * - catalog columns of type "char" must be told as characters, else the engine cannot read them;
 * - scripts go to the server whole, because cutting them at every ";" breaks functions and DO blocks;
 * - the shadow database is really another database, and it is dropped after its own connections are closed.
 */
export function migrationAdapterFactory(databaseUrl: string): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => openAdapter(databaseUrl),
    connectToShadowDb: async () => {
      const name = `prisma_migrate_shadow_db_${randomUUID()}`;
      await runAsAdmin(databaseUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
      const drop = () => runAsAdmin(databaseUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
      return openAdapter(databaseUrl, name, drop);
    },
  };
}

/** Connection values of a database URL: Prisma's own parameters are taken out, since `pg` would pass them on. */
export function connectionOf(databaseUrl: string, database?: string): { connectionString: string; schema: string } {
  const url = new URL(databaseUrl);
  if (database !== undefined) url.pathname = `/${encodeURIComponent(database)}`;
  const schema = url.searchParams.get('schema') ?? 'public';
  for (const name of ['schema', 'connection_limit', 'pgbouncer']) url.searchParams.delete(name);
  return { connectionString: url.href, schema };
}

async function openAdapter(databaseUrl: string, database?: string, afterClose?: () => Promise<void>) {
  const { connectionString, schema } = connectionOf(databaseUrl, database);
  const adapter = await new PrismaPg({ connectionString, max: 1 }, { schema }).connect();
  tellCharacters(adapter);
  const pool = adapter.underlyingDriver() as pg.Pool;
  const close = adapter.dispose.bind(adapter);
  return Object.assign(adapter, {
    executeScript: async (script: string) => {
      try {
        await pool.query(script);
      } catch (error) {
        (adapter as unknown as Queryable).onError(error);
      }
    },
    dispose: async () => {
      await close();
      await afterClose?.();
    },
  });
}

const oidChar = 18;
const oidText = 25;

interface Queryable {
  queryRaw(query: SqlQuery): Promise<SqlResultSet>;
  performIO(query: SqlQuery): Promise<{ fields: { dataTypeID: number }[] }>;
  onError(error: unknown): never;
}

/** The class below both the adapter and its transactions is changed once, so that transactions know characters too. */
function tellCharacters(adapter: SqlDriverAdapter): void {
  const queryable = Object.getPrototypeOf(Object.getPrototypeOf(adapter)) as Queryable & { tellsCharacters?: true };
  if (queryable.tellsCharacters) return;
  queryable.tellsCharacters = true;
  const original = queryable.queryRaw;
  queryable.queryRaw = async function (this: Queryable, query) {
    const characters: number[] = [];
    const performIO = async (io: SqlQuery) => {
      const result = await this.performIO(io);
      for (const [index, field] of result.fields.entries()) {
        if (field.dataTypeID !== oidChar) continue;
        characters.push(index);
        field.dataTypeID = oidText;
      }
      return result;
    };
    const answer = await original.call(Object.create(this, { performIO: { value: performIO } }), query);
    for (const index of characters) answer.columnTypes[index] = ColumnTypeEnum.Character;
    return answer;
  };
}

async function runAsAdmin(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client(connectionOf(databaseUrl).connectionString);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
