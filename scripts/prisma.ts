/**
 * `npm run prisma -- <anything the Prisma command takes>`. Without arguments: writes the typed client
 * (server/db/generated) when it is missing or older than the schema. Runs Prisma with our Node and our schema engine.
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { generateClientIfStale } from '#server/db/generate-client.ts';

const args = process.argv.slice(2);
if (args.length === 0) {
  const generated = await generateClientIfStale();
  process.stdout.write(generated ? 'server/db/generated written\n' : 'server/db/generated is up to date\n');
} else {
  const root = join(import.meta.dirname, '..');
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`, CHECKPOINT_DISABLE: '1' },
  });
  process.exitCode = status ?? 1;
}
