import type { Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { waitForJob } from '../job/ended.ts';

interface Options {
  wait: boolean;
}

/** Exit code 1 when an object is missing or damaged; the document names each. */
export async function verifyBackup(session: Session, backupId: string, options: Options) {
  return started(session, backupId, await session.console.backup.verify.mutate({ backupId }), options);
}

export async function removeBackup(session: Session, backupId: string, options: Options) {
  return started(session, backupId, await session.console.backup.remove.mutate({ backupId }), options);
}

async function started(
  session: Session,
  backupId: string,
  { jobId, number }: { jobId: string; number: number },
  { wait }: Options,
) {
  if (wait) return waitForJob(session, jobId);
  session.out.result(
    { jobId, number, backupId, state: 'queued' },
    () => `job #${number} started: tidemark job watch ${number}`,
  );
  return exitCodes.done;
}
