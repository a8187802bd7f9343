/**
 * A process to be killed: an executor whose `verify` works until it is told to stop, and says where it is. A second
 * attempt is done at once. Arguments: database URL, name.
 */
import { pause } from '#server/base/abort.ts';
import { silentLogger } from '#server/base/log.ts';
import { openDatabase } from '#server/db/client.ts';
import { openListener } from '#server/db/listen.ts';
import { openNudge } from '#server/db/nudge.ts';
import { startTestExecutor } from './test-executor.ts';

const [url, name] = process.argv.slice(2) as [string, string];
const db = openDatabase(url);
const [listener, nudge] = await Promise.all([openListener(url, silentLogger), openNudge(url)]);

const executor = await startTestExecutor(
  { db, url, listener, nudge },
  {
    name,
    runners: {
      verify: async (_, attempt) => {
        if (attempt.earlierAttempts.length > 0) return { state: 'succeeded', result: { by: name } };
        await attempt.journal.save('pid', process.pid);
        for (let step = 0; !attempt.cancellation.stop.aborted; step++) {
          await pause(20);
          await attempt.journal.save('step', step).catch(() => {});
        }
        // What somebody else must never see: written after it woke from a long stop.
        await attempt.journal.save('woke', true).catch(() => {});
        throw attempt.cancellation.stop.reason;
      },
    },
  },
);
process.on('SIGTERM', async () => {
  await executor.stop();
  process.exit(0);
});
process.stdout.write('ready\n');
