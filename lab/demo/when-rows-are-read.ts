import { pause } from '#server/base/abort.ts';
import { hasEnded } from '#server/contract/job.ts';
import type { ConsoleUser } from '../console-user.ts';

/** Comes back when a backup has read its first rows: its cut is then made. Also when it has ended, however it ended. */
export async function whenRowsAreRead(tidemark: ConsoleUser, jobId: string): Promise<void> {
  for (;;) {
    const job = await tidemark.ask('job.show', { id: jobId });
    if (hasEnded(job.state) || Number(job.progress?.rowsDone ?? 0) > 0) return;
    await pause(50);
  }
}
