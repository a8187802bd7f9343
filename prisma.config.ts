import { join } from 'node:path';
import { defineConfig } from 'prisma/config';

// The Prisma command would download its native schema engine; ours is the WebAssembly build from npm.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= join(import.meta.dirname, 'scripts', 'schema-engine.ts');

/** For people who change the schema: `npm run prisma -- migrate dev`. The product applies migrations by itself at start. */
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
