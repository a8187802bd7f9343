import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import { migrationAdapterFactory } from './migration-adapter.ts';

/** Prisma's schema engine: its methods by their JSON-RPC names (`applyMigrations`, `diff`, …). */
export type MigrationEngine = Record<string, (params?: unknown) => Promise<unknown>>;

/** What the engine said when it broke: a WebAssembly panic carries no message of its own. */
let panicMessage = '';
export const lastPanic = (): string => panicMessage;

let glue: Promise<Glue> | undefined;

/**
 * The engine from npm, in this process: the native one would have to be downloaded. `datamodels` are schema files with
 * their text, needed only to compare a schema with a database. It ends with the process.
 */
export async function openMigrationEngine(
  databaseUrl: string,
  datamodels?: [path: string, text: string][],
): Promise<MigrationEngine> {
  glue ??= loadEngine();
  const { SchemaEngine } = await glue;
  const factory = bindMigrationAwareSqlAdapterFactory(migrationAdapterFactory(databaseUrl));
  return SchemaEngine.new({ datamodels }, () => {}, factory);
}

interface Glue {
  SchemaEngine: { new: (options: unknown, log: () => void, factory: unknown) => Promise<MigrationEngine> };
  __wbg_set_wasm(exports: WebAssembly.Exports): void;
}

async function loadEngine(): Promise<Glue> {
  const hooks = globalThis as { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } };
  hooks.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (message) => {
      panicMessage = message;
    },
  };
  const loaded = (await import('@prisma/schema-engine-wasm/schema_engine_bg' as string)) as Glue;
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const module = new WebAssembly.Module(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const instance = new WebAssembly.Instance(module, { './schema_engine_bg.js': loaded as never });
  loaded.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return loaded;
}
