import { systemClock } from '#server/base/clock.ts';
import { createLogger, silentLogger } from '#server/base/log.ts';
import { keyringOf } from '#server/config/keyring.ts';
import type { Database } from '#server/db/client.ts';
import type { Listener } from '#server/db/listen.ts';
import type { Nudge } from '#server/db/nudge.ts';
import { leaseTiming } from './lease.ts';
import { defaultSlots, type ExecutorOptions, type RunningExecutor, startExecutor } from './loop.ts';
import { registry } from './registry.ts';
import type { Runners } from './runner.ts';

/** For tests: an executor in this process, with the real timing unless told otherwise. */
export function startTestExecutor(
  database: { db: Database; url: string; listener: Listener; nudge: Nudge },
  options: { runners?: Partial<Runners>; name?: string } & Partial<Omit<ExecutorOptions, 'runners'>> = {},
): Promise<RunningExecutor> {
  const { runners, name = 'e1', ...rest } = options;
  return startExecutor({
    db: database.db,
    databaseUrl: database.url,
    listener: database.listener,
    nudge: database.nudge,
    keyring: testKeyring,
    clock: systemClock,
    log: process.env.TIDEMARK_LOG_LEVEL ? createLogger({ level: 'debug' }) : silentLogger,
    executor: name,
    version: 'test',
    scratchFolder: '/nonexistent',
    runners: { ...registry, ...runners },
    slots: defaultSlots,
    lease: leaseTiming,
    grace: { cancelMs: 5_000, shutdownMs: 5_000, giveUpMs: 5_000 },
    lookEveryMs: 5_000,
    ...rest,
  });
}

export const testKeyring = keyringOf(Buffer.alloc(32, 7));
