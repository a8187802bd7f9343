import { PgBoss } from 'pg-boss';
import type { Logger } from '#server/base/log.ts';
import { connectionOf } from '#server/db/migration-adapter.ts';
import { type Lane, lanes, queueOf } from '#server/db/nudge.ts';

/**
 * Hears pg-boss's messages and says which lane to look into. A message is done the moment it is heard, so its expiry
 * bounds nothing that we do. Answers what stops it.
 */
export async function openWake(
  databaseUrl: string,
  log: Logger,
  onWake: (lane: Lane) => void,
): Promise<() => Promise<void>> {
  const { connectionString } = connectionOf(databaseUrl);
  const boss = new PgBoss({
    connectionString,
    max: 2,
    application_name: 'tidemark queue',
    useListenNotify: true,
    schedule: false,
    migrate: false,
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 5,
  });
  boss.on('error', (error) => log.warn('the queue has a problem; jobs are found by looking', { error }));
  await boss.start();
  for (const lane of lanes) {
    const options = { batchSize: 50, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 2 };
    await boss.work(queueOf(lane), options, async () => onWake(lane));
  }
  return () => boss.stop({ graceful: false });
}
