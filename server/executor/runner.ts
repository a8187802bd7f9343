import type { Clock } from '#server/base/clock.ts';
import type { Failure } from '#server/base/error.ts';
import type { Attempt } from '#server/command/attempt.ts';
import type { Keyring } from '#server/config/keyring.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { Database, Rows } from '#server/db/client.ts';
import type { Nudge } from '#server/db/nudge.ts';
import type { JobInput } from '#server/job/input.ts';

/** What turns the input of one kind of job into a command, and what the command made into rows. */
export type Runner<K extends JobInput['kind']> = (
  world: World,
  attempt: Attempt,
  input: Extract<JobInput, { kind: K }>,
) => Promise<Outcome>;

export type Runners = { readonly [K in JobInput['kind']]: Runner<K> };

export interface World {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly scratchFolder: string;
  readonly nudge: Nudge;
}

/** How a job ends when its command returned. A command that throws ends it as failed, or cancelled. */
export interface Outcome {
  state: 'succeeded' | 'partly' | 'failed';
  result?: unknown;
  error?: Failure;
  tables?: readonly TableOutcome[];
  /** One sentence for the event log. */
  summary?: string;
  /** Rows that appear in the same transaction as the job's end: the catalog's. */
  commit?: (rows: Rows) => Promise<void>;
}

/** All tables, some, or none: a job never succeeds with a table missing. */
export function outcomeOfTables(tables: readonly TableOutcome[]): Pick<Outcome, 'state' | 'error' | 'tables'> {
  const failed = tables.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return { state: 'succeeded', tables };
  const first = failed[0]!;
  const { code = 'internal/unexpected', message = 'failed without a word', hint = '' } = first.error ?? {};
  const error = { code, message: `${first.source}: ${message}`, hint, context: { failed: failed.length } } as Failure;
  return { state: failed.length === tables.length ? 'failed' : 'partly', error, tables };
}
