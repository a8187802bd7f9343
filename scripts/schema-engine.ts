#!/usr/bin/env node
/**
 * Stands in for Prisma's native schema engine, which the Prisma command would download: the same JSON-RPC over stdin and
 * stdout, answered by the WebAssembly build of that engine. Named by prisma.config.ts; not for people.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { connectionOf } from '#server/db/migration-adapter.ts';
import { lastPanic, type MigrationEngine, openMigrationEngine } from '#server/db/migration-engine.ts';

const args = process.argv.slice(2);
const valuesOf = (name: string) => args.flatMap((arg, index) => (arg === name ? [args[index + 1]!] : []));
const databaseUrl: string = valuesOf('--datasource').map((text) => JSON.parse(text))[0]?.url ?? '';

if (args.includes('--version')) {
  console.log('schema-engine-cli wasm');
  process.exit(0);
}
if (args.includes('cli')) await runCli(args[args.indexOf('cli') + 1]!);

let engine: Promise<MigrationEngine> | undefined;
let queue = Promise.resolve();
createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  .on('line', (line) => {
    if (line.trim() === '') return;
    const request = JSON.parse(line);
    if (request.method) queue = queue.then(() => answer(request));
  })
  .on('close', () => queue.then(() => process.exit(0)));

async function answer(request: { id: number; method: string; params?: never }): Promise<void> {
  try {
    const result = await call(request.method, request.params);
    const printed = (result as { stdout?: string } | null)?.stdout;
    if (request.method === 'diff' && printed) {
      send({ jsonrpc: '2.0', id: 1, method: 'print', params: { content: printed } });
    }
    send({ jsonrpc: '2.0', id: request.id, result });
  } catch (error) {
    const known = error as { code?: string; message?: string; meta?: unknown };
    const data = known.code
      ? { is_panic: false, message: known.message, meta: known.meta ?? null, error_code: known.code }
      : { is_panic: false, message: lastPanic() || known.message || String(error), backtrace: null };
    const message = 'An error happened. Check the data field for details.';
    send({ jsonrpc: '2.0', id: request.id, error: { code: 4466, message, data } });
  }
}

async function call(method: string, params: { datasource?: { url: string } } | undefined): Promise<unknown> {
  if (method === 'createDatabase')
    return { databaseName: await createDatabase(params?.datasource?.url ?? databaseUrl) };
  const datamodels = valuesOf('--datamodels').map((file): [string, string] => [file, readFileSync(file, 'utf8')]);
  // The engine breaks on an empty list.
  engine ??= openMigrationEngine(databaseUrl, datamodels.length > 0 ? datamodels : undefined);
  const verbs = await engine;
  if (method === 'getDatabaseVersion') return verbs.version!(params);
  if (typeof verbs[method] !== 'function') throw new Error(`the schema engine has no method ${method}`);
  return (await verbs[method](params)) ?? null;
}

async function createDatabase(url: string): Promise<string> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await withClient(connectionOf(url, 'postgres').connectionString, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  return name;
}

async function withClient(connectionString: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The two calls outside JSON-RPC: `cli create-database`, `cli can-connect-to-database`. */
async function runCli(command: string): Promise<never> {
  try {
    if (command === 'create-database') await createDatabase(databaseUrl);
    else await withClient(connectionOf(databaseUrl).connectionString, 'SELECT 1');
    process.exit(0);
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    const known: Record<string, string> = { '3D000': 'P1003', '28P01': 'P1000' };
    log('INFO', { message: `${command} failed` }); // the caller skips the first line
    log('ERROR', { is_panic: false, message, error_code: known[code] ?? 'P1001' });
    process.exit(1);
  }
}

function log(level: string, fields: object): void {
  const entry = { timestamp: new Date().toISOString(), level, fields, target: 'schema_engine::logger' };
  process.stderr.write(`${JSON.stringify(entry)}\n`);
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
