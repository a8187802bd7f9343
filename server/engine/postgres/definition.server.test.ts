import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '#lab/postgres-server.ts';
import { openPostgres } from './connection.ts';
import { commentStatements } from './ddl-extras.ts';
import { type NewPlace, partitionNames, relationKey } from './ddl-placement.ts';
import { createTableStatements } from './ddl-table.ts';
import { readComputingDefinition, readComputingDefinitionOn } from './definition.ts';
import { grantStatements } from './grants.ts';

let folder: string;
let server: PostgresServer;
let client: pg.Client;
let access: Parameters<typeof openPostgres>[0];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-definition-'));
  server = await startPostgres({ folder: join(folder, 'node'), ephemeral: true });
  const { user, password } = server.superuserLogin;
  access = {
    node: 'computing',
    host: server.host,
    port: server.port,
    database: 'postgres',
    user,
    password,
    tls: { mode: 'disable' },
  };
  await server.sql(setup);
  client = await openPostgres(access);
});

afterAll(async () => {
  await client?.end();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

// The definitions need a wrapper, not a server behind it: nothing here reads a row.
const setup = `
CREATE EXTENSION mysql_fdw;
CREATE SCHEMA other; CREATE SCHEMA "Sch ""2";
CREATE ROLE reader; CREATE ROLE "Wri.ter";
CREATE SERVER shard_1 FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '1');
CREATE SERVER "shard 2" FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '2');
CREATE FOREIGN DATA WRAPPER lax;
CREATE SERVER lax FOREIGN DATA WRAPPER lax;
CREATE TYPE other.mood AS ENUM ('so', 'it''s');
CREATE FUNCTION other.twice(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 * 2';
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE "Sch ""2"."Acc.ount$$ é" (
  id bigint NOT NULL, region int NOT NULL, "na""me" varchar(20) COLLATE "C" DEFAULT 'it''s', m other.mood,
  t timestamptz(3) DEFAULT now(), amount numeric(18,2) CHECK (amount > 0), twice int GENERATED ALWAYS AS (other.twice(region)) STORED,
  CONSTRAINT "odd ""check" CHECK (id <> region)
) PARTITION BY LIST (region);
CREATE TABLE "Sch ""2"."Acc.ount$$ é_eu" PARTITION OF "Sch ""2"."Acc.ount$$ é" FOR VALUES IN (1, 2) PARTITION BY HASH (id);
CREATE FOREIGN TABLE "Sch ""2"."Acc.ount$$ é_eu_0" PARTITION OF "Sch ""2"."Acc.ount$$ é_eu" FOR VALUES WITH (MODULUS 2, REMAINDER 0)
  SERVER shard_1 OPTIONS (dbname 'postgres_$$_x', table_name 'a''b"c', fetch_size '100');
CREATE FOREIGN TABLE other.far PARTITION OF "Sch ""2"."Acc.ount$$ é_eu" FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER "shard 2";
CREATE FOREIGN TABLE "Sch ""2".rest PARTITION OF "Sch ""2"."Acc.ount$$ é" DEFAULT SERVER "shard 2" OPTIONS (dbname 'd', table_name 'rest');
COMMENT ON TABLE "Sch ""2"."Acc.ount$$ é" IS 'root''s \\ comment';
COMMENT ON COLUMN "Sch ""2"."Acc.ount$$ é"."na""me" IS 'column';
COMMENT ON FOREIGN TABLE "Sch ""2".rest IS 'leaf';
GRANT SELECT, INSERT ON "Sch ""2"."Acc.ount$$ é" TO reader WITH GRANT OPTION;
GRANT UPDATE ("na""me") ON "Sch ""2"."Acc.ount$$ é" TO "Wri.ter";
GRANT SELECT ON "Sch ""2"."Acc.ount$$ é" TO PUBLIC;
GRANT SELECT ON "Sch ""2".rest TO reader;
CREATE VIEW other.v AS SELECT id FROM "Sch ""2"."Acc.ount$$ é";
CREATE TRIGGER tg AFTER UPDATE ON "Sch ""2"."Acc.ount$$ é" FOR EACH STATEMENT EXECUTE FUNCTION tf();
CREATE FOREIGN TABLE plain (id serial, a text OPTIONS ("Odd k" 'tr''ue')) SERVER lax OPTIONS (table_name 'p');
CREATE TABLE localone (i int);
`;

const name = { database: 'postgres', schema: 'Sch "2', table: 'Acc.ount$$ é' };
const root = { schema: name.schema, name: name.table };

const placeIn = (
  names: ReturnType<typeof partitionNames>,
  to: { schema: string; name: string },
  server = 'shard 2',
): NewPlace => ({
  root: to,
  nameOf: (partition) => names.get(relationKey(partition)) ?? to,
  placeOf: (leaf) => ({ server, database: 'new_$$_db', table: `n ${leaf.name}` }),
});

describe('readComputingDefinition', () => {
  it('tells every level of partitions, parents first, with bounds, servers and options', async () => {
    const { computing } = await readComputingDefinition(access, name);
    expect(computing.kind).toBe('partitioned');
    expect(computing.partitions.map((p) => [p.name, p.parent, p.bound, p.server])).toEqual([
      ['Acc.ount$$ é_eu', 'Acc.ount$$ é', 'FOR VALUES IN (1, 2)', null],
      ['rest', 'Acc.ount$$ é', 'DEFAULT', 'shard 2'],
      ['Acc.ount$$ é_eu_0', 'Acc.ount$$ é_eu', 'FOR VALUES WITH (modulus 2, remainder 0)', 'shard_1'],
      ['far', 'Acc.ount$$ é_eu', 'FOR VALUES WITH (modulus 2, remainder 1)', 'shard 2'],
    ]);
    expect(computing.partitions[2]!.options).toEqual([
      { name: 'dbname', value: 'postgres_$$_x' },
      { name: 'table_name', value: `a'b"c` },
      { name: 'fetch_size', value: '100' },
    ]);
  });

  it('qualifies types and expressions, and keeps defaults, checks, collations, comments and grants', async () => {
    const { computing, left } = await readComputingDefinition(access, name);
    expect(computing.columns.map((c) => [c.name, c.type, c.default, c.generated, c.collation])).toEqual([
      ['id', 'bigint', null, null, null],
      ['region', 'integer', null, null, null],
      ['na"me', 'character varying(20)', "'it''s'::character varying", null, 'pg_catalog."C"'],
      ['m', 'other.mood', null, null, null],
      ['t', 'timestamp(3) with time zone', 'now()', null, null],
      ['amount', 'numeric(18,2)', null, null, null],
      ['twice', 'integer', null, 'other.twice(region)', null],
    ]);
    expect(computing.checks).toContainEqual({ name: 'odd "check', definition: 'CHECK ((id <> region))' });
    expect(computing.grants.map((g) => `${g.privilege} ${g.column} ${g.grantee} ${g.grantable}`)).toEqual([
      'SELECT null PUBLIC false',
      'INSERT null reader true',
      'SELECT null reader true',
      'UPDATE na"me Wri.ter false',
    ]);
    expect(computing.dependentViews).toEqual(['other.v']);
    expect(computing.triggers.map((trigger) => trigger.name)).toEqual(['tg']);
    expect(left).toEqual(['grants on partition rest itself are not recorded']);
  });

  it('says what it leaves, and refuses what is no foreign table', async () => {
    const plain = await readComputingDefinition(access, { database: 'postgres', schema: 'public', table: 'plain' });
    expect(plain.left).toEqual([
      'the default of column id uses sequence public.plain_id_seq, whose value is not recorded',
    ]);
    for (const [table, code] of [
      ['localone', 'table/unsupported'],
      ['gone', 'table/not-found'],
    ] as const) {
      const read = readComputingDefinition(access, { database: 'postgres', schema: 'public', table });
      await expect(read).rejects.toMatchObject({ code });
    }
  });
});

describe('the statements made from a definition', () => {
  it('make an equal table under another schema, name and servers', async () => {
    const { computing } = await readComputingDefinition(access, name);
    const to = { schema: 'other', name: 'copy.of"it' };
    const place = placeIn(partitionNames(computing.partitions, root, to), to);
    const statements = [...createTableStatements(computing, root, place), ...commentStatements(computing, place)];
    for (const statement of statements) await client.query(statement);
    for (const grant of grantStatements(computing, to)) await client.query(grant.sql);

    const copy = (await readComputingDefinitionOn(client, { database: 'postgres', schema: to.schema, table: to.name }))
      .computing;
    const { partitions, dependentViews: _, triggers: __, ...same } = copy;
    const { partitions: recorded, dependentViews: ___, triggers: ____, ...expected } = computing;
    expect(same).toEqual(expected);
    expect(partitions.map((p) => [p.schema, p.name, p.bound, p.partitionKey, p.comment])).toEqual([
      ['other', 'copy.of"it_eu', recorded[0]!.bound, 'HASH (id)', null],
      ['other', 'copy.of"it_rest', 'DEFAULT', null, 'leaf'],
      ['other', 'copy.of"it_eu_0', recorded[2]!.bound, null, null],
      ['other', 'copy.of"it_far', recorded[3]!.bound, null, null],
    ]);
    expect(partitions[2]!.options).toEqual([
      { name: 'dbname', value: 'new_$$_db' },
      { name: 'table_name', value: 'n Acc.ount$$ é_eu_0' },
      { name: 'fetch_size', value: '100' },
    ]);
  });

  it('keep an unpartitioned foreign table with its column options', async () => {
    const source = { database: 'postgres', schema: 'public', table: 'plain' };
    const { computing } = await readComputingDefinition(access, source);
    const to = { schema: 'public', name: 'plain_copy' };
    for (const sql of createTableStatements(
      computing,
      { schema: 'public', name: 'plain' },
      placeIn(new Map(), to, 'lax'),
    )) {
      await client.query(sql);
    }
    const copy = await readComputingDefinition(access, { ...source, table: 'plain_copy' });
    expect(copy.computing.columns).toEqual(computing.columns);
    expect(copy.computing.server).toBe('lax');
  });

  it('name partitions after the new table, within 63 bytes and apart from one another', () => {
    const partition = (table: string) => ({
      schema: 's',
      name: table,
      parentSchema: 's',
      parent: 't',
      bound: '',
      partitionKey: null,
      server: 'x',
      options: [],
      columnOptions: [],
      comment: null,
    });
    const to = { schema: 's', name: `t_restored_${'é'.repeat(24)}` };
    const names = partitionNames(
      [partition('t_p0'), partition('_t_p0'), partition(`t_${'x'.repeat(50)}a`), partition(`t_${'x'.repeat(50)}b`)],
      { schema: 's', name: 't' },
      to,
    );
    const made = [...names.values()].map((relation) => relation.name);
    expect(new Set(made).size).toBe(4);
    for (const each of made) expect(Buffer.byteLength(each)).toBeLessThanOrEqual(63);
  });
});
