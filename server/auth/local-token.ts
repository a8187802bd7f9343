import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#server/base/clock.ts';
import type { Database } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import { newToken, tokenHash } from './tokens.ts';

export const localTokenFile = (dataFolder: string): string => join(dataFolder, 'cli-token');

/**
 * The token of whoever may read the data folder (0600): the command line on the console's own machine needs no sign-in.
 * The file is kept over restarts as long as its token is known; else both are made anew. Role admin: who reads that
 * folder can read the database and the secret key as well.
 */
export async function ensureLocalToken(context: { db: Database; clock: Clock }, dataFolder: string): Promise<void> {
  const file = localTokenFile(dataFolder);
  const present = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (present !== '' && (await context.db.apiToken.findUnique({ where: { hash: tokenHash(present) } }))) return;
  const token = newToken();
  await context.db.apiToken.create({
    data: {
      id: newId(),
      hash: tokenHash(token),
      name: 'local command line',
      role: 'admin',
      createdAt: context.clock.now(),
    },
  });
  const scratch = `${file}.${process.pid}`;
  writeFileSync(scratch, `${token}\n`, { mode: 0o600 });
  renameSync(scratch, file);
}
