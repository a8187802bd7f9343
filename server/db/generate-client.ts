import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

const root = join(import.meta.dirname, '../..');
const prismaCommand = join(root, 'node_modules/prisma/build/index.js');
const schemaFile = join(root, 'prisma/schema.prisma');
const generatedFolder = join(root, 'server/db/generated');
const stampFile = join(generatedFolder, '.schema-sha256');

/**
 * Writes the typed database client when it is missing or was made from another schema or by another Prisma: after an
 * install, and before anything imports `client.ts`. The folder appears by rename, so several starters at once never see
 * half of it. true = written.
 */
export async function generateClientIfStale(): Promise<boolean> {
  const wanted = stamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return false;
  const scratch = join(root, `.tidemark/generated-${process.pid}`);
  try {
    await generateInto(scratch);
    const fresh = join(scratch, 'client');
    writeFileSync(join(fresh, '.schema-sha256'), wanted);
    rmSync(generatedFolder, { recursive: true, force: true });
    renameSync(fresh, generatedFolder);
  } catch (error) {
    // Another starter was quicker: theirs is as good.
    if (!(existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return true;
}

async function generateInto(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const schema = join(folder, 'schema.prisma');
  writeFileSync(schema, readFileSync(schemaFile, 'utf8').replace('"../server/db/generated"', '"client"'));
  const output: Buffer[] = [];
  const child = spawn(process.execPath, [prismaCommand, 'generate', '--schema', schema], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`, CHECKPOINT_DISABLE: '1' },
  });
  child.stdout.on('data', (data: Buffer) => output.push(data));
  child.stderr.on('data', (data: Buffer) => output.push(data));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  if (code === 0) return;
  throw new TidemarkError('internal/unexpected', `writing the database client ended with code ${code}`, {
    context: { output: Buffer.concat(output).toString('utf8').slice(-2_000) },
  });
}

function stamp(): string {
  const version = createRequire(import.meta.url)('prisma/package.json').version as string;
  return createHash('sha256').update(version).update(readFileSync(schemaFile)).digest('hex');
}
