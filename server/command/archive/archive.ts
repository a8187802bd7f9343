import { pause } from '#server/base/abort.ts';
import { asTidemarkError, type TidemarkError } from '#server/base/error.ts';
import type { ErrorCode } from '#server/base/error-table.ts';
import { backoffMs } from '#server/base/retry.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { type ContinuedLog, continueLog, placeAfter } from '#server/engine/mysql/replication/continue-log.ts';
import { replicaIdOf } from '#server/engine/mysql/replication/replica-id.ts';
import { readSourceFacts, type SourceFacts } from '#server/engine/mysql/replication/source-facts.ts';
import type { LogGap, LogPlace } from '#server/manifest/log-schema.ts';
import { openLogStream } from '#server/manifest/log-store.ts';
import { openRepository } from '#server/manifest/repository.ts';
import { type ArchiveAttempt, type ArchiveCommand, type ArchiveStatus, defaultSizes } from './command.ts';
import { type RecoveredLog, recoverLog } from './recover.ts';
import { replayTail } from './replay-tail.ts';
import { StreamRun } from './stream-run.ts';
import { writeMissingOutlines } from './write-outlines.ts';

/** Waits between runs that fail: short enough that nothing is purged meanwhile, long enough to be no load. */
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;

/**
 * Keeps the log of one node archived until it is stopped: what was committed there lies in the repository two seconds
 * later, and every byte of it once and in order, whatever is killed when. All it goes on from is the repository. While
 * the node or the destination cannot be reached, or is full, it waits and says so. Errors: `job/lease-lost`, and what
 * waiting does not help against (`node/access-denied`, `node/missing-privilege`, `node/unsupported`, `node/protocol`,
 * `destination/object-damaged` …).
 */
export async function archive(attempt: ArchiveAttempt, command: ArchiveCommand): Promise<void> {
  const { clock, cancellation, lease } = attempt;
  const { storage, stream } = command;
  await openRepository(storage, clock);
  await lease.assertHeld();
  await openLogStream(storage, stream, clock);
  const shown = new Shown(attempt);
  for (let failures = 0; !cancellation.stop.aborted; failures++) {
    try {
      shown.runs++;
      await runOnce(shown, command);
    } catch (thrown) {
      const error = asTidemarkError(thrown);
      if (cancellation.stop.aborted || !passes(error)) throw error;
      if (shown.last?.state === 'live') failures = 0;
      attempt.event('warn', `archive of node ${stream.node} waits: ${error.message}`);
      shown.report(paused(shown.last, error));
      await pause(backoffMs(failures, firstWaitMs, longestWaitMs), cancellation.stop);
    }
  }
}

/** The attempt, and the last status that it was told. */
class Shown implements ArchiveAttempt {
  readonly attemptId: ArchiveAttempt['attemptId'];
  readonly cancellation: ArchiveAttempt['cancellation'];
  readonly clock: ArchiveAttempt['clock'];
  readonly log: ArchiveAttempt['log'];
  readonly lease: ArchiveAttempt['lease'];
  last: ArchiveStatus | null = null;
  runs = 0;
  readonly #attempt: ArchiveAttempt;

  constructor(attempt: ArchiveAttempt) {
    this.#attempt = attempt;
    this.attemptId = attempt.attemptId;
    this.cancellation = attempt.cancellation;
    this.clock = attempt.clock;
    this.log = attempt.log;
    this.lease = attempt.lease;
  }

  event(...told: Parameters<ArchiveAttempt['event']>): void {
    this.#attempt.event(...told);
  }

  /** Of a run: an earlier one may have left a segment that it could not seal. */
  get name(): string {
    return `${this.attemptId}-${this.runs}`;
  }

  report(status: ArchiveStatus): void {
    this.last = status;
    this.#attempt.report(status);
  }
}

/** Another writer of the same stream is seen by what it wrote or removed: it is read again, and the lease decides. */
const passing = new Set<ErrorCode>([
  'destination/object-exists',
  'destination/object-missing',
  'destination/unwritable',
  'destination/unreadable',
]);

function passes({ code, retryable }: TidemarkError): boolean {
  return code !== 'job/lease-lost' && (retryable || passing.has(code));
}

function paused(last: ArchiveStatus | null, error: TidemarkError): ArchiveStatus {
  const nothing = { sequence: 0, durable: null, caughtUpAt: null, logBytes: 0, storedBytes: 0, clockSkewMs: 0 };
  return { ...nothing, ...last, state: 'paused', error };
}

/** From what lies in the repository to a stop or a failure. */
async function runOnce(attempt: Shown, command: ArchiveCommand): Promise<void> {
  const { stop, abandon } = attempt.cancellation;
  await attempt.lease.assertHeld();
  const recovered = await recoverLog(command.storage, command.stream.id);
  await tidyTail(attempt, command, recovered);
  await writeMissingOutlines(attempt, command.storage, command.stream.id, recovered.sequence);
  const connect = () => openMysqlConnection(command.node, { signal: abandon });
  const facts = await readFacts(attempt, connect);
  let continued: ContinuedLog | null = null;
  let run = recoveredRun(attempt, command, recovered, facts, () => continued?.release());
  const stopped = Promise.withResolvers<void>();
  stop.addEventListener('abort', () => stopped.resolve(), { once: true });
  try {
    await replayTail(run, command.storage, recovered.pieces);
    const place = run.scan.cursor.file === '' ? null : run.scan.cursor.place(run.scan.context());
    const replicaId = replicaIdOf(command.stream.id);
    continued = await continueLog({ connect, facts, place, begin: command.begin, replicaId });
    if (continued.follows !== 'bytes') run = await turn(attempt, command, run, { facts, place, continued });
    run.scan.cursor.server = serverOf(facts);
    const end = facts.files.at(-1)!;
    run.readUpTo(end.name, end.bytes);
    continued.start(run.scan);
    if (!stop.aborted) await Promise.race([continued.ended, run.failed, stopped.promise]);
    continued.close();
    if (!abandon.aborted) await run.seal();
  } finally {
    continued?.close();
    await run.end();
  }
}

async function tidyTail(attempt: ArchiveAttempt, command: ArchiveCommand, recovered: RecoveredLog): Promise<void> {
  for (const problem of recovered.damage)
    attempt.event('warn', `the log's tail is read again from the node: ${problem}`);
  if (recovered.leftovers.length > 0) await attempt.lease.assertHeld();
  for (const key of recovered.leftovers) await command.storage.remove(key);
}

async function readFacts(attempt: ArchiveAttempt, connect: () => ReturnType<typeof openMysqlConnection>) {
  const connection = await connect();
  try {
    return await readSourceFacts(connection, attempt.clock);
  } finally {
    await connection.close();
  }
}

const serverOf = ({ serverId, serverUuid, version }: SourceFacts): LogPlace['server'] => ({
  ...{ id: serverId, uuid: serverUuid, version },
});

/** Stands where the sealed segments end, to go on with the tail. */
function recoveredRun(
  attempt: Shown,
  command: ArchiveCommand,
  recovered: RecoveredLog,
  facts: SourceFacts,
  roomAgain: () => void,
): StreamRun {
  const { sealed, pieces } = recovered;
  const first = pieces[0]?.index.summary;
  const follows = first?.follows ?? 'bytes';
  return new StreamRun(attempt, command, {
    sizes: { ...defaultSizes, ...command.sizes },
    name: attempt.name,
    from: recovered,
    server: pieces.at(-1)?.index.summary.end.server ?? sealed?.server ?? serverOf(facts),
    place: sealed && placeAfter(sealed, follows),
    durable: pieces.at(-1)?.index.summary.end ?? sealed,
    ...{ follows, gap: first?.gap ?? null, pieces: pieces.length },
    clockSkewMs: facts.clockSkewMs,
    roomAgain,
  });
}

/** The log goes on with something else than the next byte: what was there is sealed, and a new segment says what follows. */
async function turn(
  attempt: Shown,
  command: ArchiveCommand,
  run: StreamRun,
  at: { facts: SourceFacts; place: LogPlace | null; continued: ContinuedLog },
): Promise<StreamRun> {
  const { facts, place, continued } = at;
  const { follows } = continued;
  const { node } = command.stream;
  const gap: LogGap | null = continued.gap && { ...continued.gap, foundAt: attempt.clock.now().toISOString() };
  if (gap) attempt.event('bad', `the log of node ${node} has a gap: ${gap.message}`);
  if (follows === 'group') attempt.event('warn', `the log of node ${node} goes on at server_id ${facts.serverId}`);
  const from = await run.seal();
  await run.end();
  return new StreamRun(attempt, command, {
    sizes: { ...defaultSizes, ...command.sizes },
    name: attempt.name,
    from,
    server: serverOf(facts),
    place: place && placeAfter(place, follows),
    durable: place,
    ...{ follows, gap, pieces: 0 },
    clockSkewMs: facts.clockSkewMs,
    roomAgain: continued.release,
  });
}
