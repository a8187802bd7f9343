/**
 * An executor alone (`npm run executor`): takes jobs from the database and runs them, until SIGTERM, SIGINT, or the end of
 * the launcher that started it. Any number may run, on any machine that reaches the database, the clusters and the
 * destinations, and has the same TIDEMARK_SECRET_KEY.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from './base/clock.ts';
import { TidemarkError, toFailure } from './base/error.ts';
import { createLogger, type Logger } from './base/log.ts';
import { type Config, readEnvironment } from './config/environment.ts';
import { openKeyring } from './config/keyring.ts';
import { embeddedUrl } from './db/embedded-url.ts';
import { generateClientIfStale } from './db/generate-client.ts';

try {
  await main();
} catch (error) {
  const { code, message, hint } = toFailure(error);
  process.stderr.write(`${message}\n${hint}\n(${code})\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const config = readEnvironment(process.env);
  const log = createLogger({ level: config.logLevel, fields: { process: 'executor' } });
  const executor = await start(config, log);
  await untilToldToStop();
  log.info('executor is stopping');
  await executor.stop();
  process.exit(0);
}

async function start(config: Config, log: Logger) {
  await generateClientIfStale();
  const { openDatabase } = await import('./db/client.ts');
  const { openListener } = await import('./db/listen.ts');
  const { migrateDatabase } = await import('./db/migrate.ts');
  const { notedKeyId } = await import('./db/note-key.ts');
  const { openNudge } = await import('./db/nudge.ts');
  const { defaultSlots, startExecutor } = await import('./executor/loop.ts');
  const { leaseTiming } = await import('./executor/lease.ts');
  const { registry } = await import('./executor/registry.ts');
  const { graceTiming } = await import('./executor/run-job.ts');

  const databaseUrl = config.databaseUrl ?? embeddedUrl(config.dataFolder);
  await migrateDatabase(databaseUrl);
  const db = openDatabase(databaseUrl);
  const keyring = openKeyring(config);
  const noted = await notedKeyId(db);
  if (noted !== null && noted !== keyring.keyId) {
    throw new TidemarkError('secret/key-mismatch', 'this executor has another secret key than the console', {
      hint: 'Start it with the TIDEMARK_SECRET_KEY of the console: the content of secret.key in its data folder.',
    });
  }
  const [listener, nudge] = await Promise.all([openListener(databaseUrl, log), openNudge(databaseUrl)]);
  const running = await startExecutor({
    db,
    databaseUrl,
    listener,
    nudge,
    keyring,
    clock: systemClock,
    log,
    executor: config.executorName,
    version: JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version,
    scratchFolder: config.scratchFolder,
    runners: registry,
    slots: defaultSlots,
    lease: leaseTiming,
    grace: graceTiming,
    lookEveryMs: 5_000,
  });
  return {
    stop: async () => {
      await running.stop();
      await Promise.allSettled([listener.close(), nudge.close()]);
      await db.$disconnect();
    },
  };
}

/** A second request does not wait. Started by the launcher, its end is ours, and Ctrl-C is for it to pass on. */
function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    let asked = 0;
    const ask = () => {
      asked += 1;
      if (asked > 1) process.exit(1);
      resolve();
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', process.channel ? () => {} : ask);
    process.on('disconnect', resolve);
  });
}
