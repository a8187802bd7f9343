import type { Failure } from '#server/base/error.ts';
import type { JobKind, JobState } from '#server/contract/job.ts';
import type { JobProgress } from '#server/contract/progress.ts';
import type { Prisma } from '#server/db/client.ts';

/** A job as lists and pages show it. */
export interface JobView {
  id: string;
  number: number;
  kind: JobKind;
  state: JobState;
  title: string;
  clusterId: string | null;
  clusterName: string | null;
  destinationId: string | null;
  destinationName: string | null;
  backupId: string | null;
  createdBy: string;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  cancelRequestedAt: Date | null;
  attemptsMade: number;
  maxAttempts: number;
  executor: string | null;
  parentJobId: string | null;
  parentReason: 'retry' | 'clone' | null;
  progress: JobProgress | null;
  error: Failure | null;
  /** Rises with every change. */
  version: bigint;
  lastEventId: number;
}

/** The columns of a JobView: everything but input and result, which may be large. */
export const jobViewColumns = {
  id: true,
  number: true,
  kind: true,
  state: true,
  title: true,
  clusterId: true,
  clusterName: true,
  destinationId: true,
  destinationName: true,
  backupId: true,
  createdBy: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  cancelRequestedAt: true,
  attemptsMade: true,
  maxAttempts: true,
  executor: true,
  parentJobId: true,
  parentReason: true,
  progress: true,
  error: true,
  version: true,
  lastEventId: true,
} as const satisfies Prisma.JobSelect;

type JobColumns = Prisma.JobGetPayload<{ select: typeof jobViewColumns }>;

export function jobViewOf(row: JobColumns): JobView {
  return {
    ...row,
    kind: row.kind as JobKind,
    state: row.state as JobState,
    parentReason: row.parentReason as JobView['parentReason'],
    progress: row.progress as unknown as JobProgress | null,
    error: row.error as unknown as Failure | null,
  };
}
