import 'server-only';
import { type Auth, createAuth } from '#server/auth/auth.ts';
import { systemClock } from '#server/base/clock.ts';
import { createLogger } from '#server/base/log.ts';
import { readEnvironment } from '#server/config/environment.ts';
import { openKeyring } from '#server/config/keyring.ts';
import { openDatabase } from '#server/db/client.ts';
import { openListener } from '#server/db/listen.ts';
import { openNudge } from '#server/db/nudge.ts';
import type { Services } from './context.ts';

/**
 * What the web process holds open: the control plane's database, and nothing of any customer's. Opened with the first
 * request and once a process; the launcher hands over DATABASE_URL and the secret key.
 */
const slot = Symbol.for('tidemark.services');
type Held = { [slot]?: Promise<Services & { auth: Auth }> };

export function services(): Promise<Services & { auth: Auth }> {
  const held = globalThis as Held;
  held[slot] ??= open().catch((error) => {
    held[slot] = undefined;
    throw error;
  });
  return held[slot];
}

async function open(): Promise<Services & { auth: Auth }> {
  const config = readEnvironment(process.env);
  const url = config.databaseUrl;
  if (url === null) throw new Error('the web process needs DATABASE_URL; start it with npm start');
  const log = createLogger({ level: config.logLevel, fields: { process: 'web' } });
  const db = openDatabase(url);
  const keyring = openKeyring(config);
  const [listener, nudge] = await Promise.all([openListener(url, log), openNudge(url)]);
  return { db, keyring, listener, nudge, log, clock: systemClock, auth: createAuth({ db, keyring }) };
}
