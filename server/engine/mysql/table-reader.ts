import { TidemarkError } from '#server/base/error.ts';
import type { PackedChunk } from '#server/pipeline/chunk-packer.ts';
import type { ChunkWriter, SegmentWriter } from '#server/pipeline/segment-writer.ts';
import { selectList } from './column-format.ts';
import type { MysqlConnection } from './connection.ts';
import { RowDigest } from './digest.ts';
import { mysqlErrno } from './errno.ts';
import type { FragmentTake } from './fragment-take.ts';
import { askForSmall, assertUnchanged, openAsKnown, openKnownTake, openTake } from './open-take.ts';
import type { Pace } from './pace.ts';
import type { PreparedSelect } from './sql-session.ts';
import { absorbKill, endSnapshot, holdTable, letTableGo } from './table-hold.ts';
import { takeFault } from './take-fault.ts';
import type { TakeQueue, Unit } from './take-queue.ts';
import { fromErrorMessage } from './thread/error-message.ts';
import type { FrameOfRows, ReadSession } from './thread/read-session.ts';
import type { ReadTogether, TableAnswered } from './thread/read-together.ts';

export interface ReaderOptions {
  /** Holds the snapshot that is read. */
  connection: ReadSession;
  /** Ends our statements when they must end. */
  coordinator: MysqlConnection;
  writer: SegmentWriter;
  releasesTables: boolean;
  chunkBytes: number;
  /** How many readers this snapshot has, all in all. */
  readers: number;
  pace: Pace | undefined;
  /** Aborted when nothing more is to be read. */
  halted: AbortSignal;
  onProgress: (take: FragmentTake) => void;
  /** Nothing of this dump can be kept any more. */
  onFatal: (error: TidemarkError) => void;
}

/**
 * Reads chunks over one snapshot connection into one segment writer, one at a time, holding the lock of one table at
 * a time. Rows go through without being kept: the thread of the connection digests and packs them, its frames are handed
 * to the writer, which holds us back.
 */
export class TableReader {
  /** The take whose table lock we hold. */
  current: FragmentTake | undefined;
  /** Its snapshot or its connection is gone: others go on without it. */
  spent = false;
  private readonly options: ReaderOptions;
  private halted = false;
  private busy = false;
  private killing: Promise<void> | undefined;
  /** Settles what waits for the destination when the reading is to end now. */
  private interruption: (() => void) | undefined;
  /** A chunk that is being given up: it may wait for the destination, the table's lock must not. */
  private discarding: Promise<void> | undefined;
  private releasing: Promise<void> = Promise.resolve();
  /** Locks that stay to the end of the snapshot, where they cannot be given back. */
  private readonly kept = new Set<FragmentTake>();
  /** The server may have the lock of one of them for us. */
  private together: readonly FragmentTake[] = [];

  constructor(options: ReaderOptions) {
    this.options = options;
  }

  /** Every table whose definition cannot be changed because of us; of small ones, those that are being read together. */
  get holds(): FragmentTake[] {
    return [...this.kept, ...(this.current && !this.kept.has(this.current) ? [this.current] : []), ...this.together];
  }

  /** Works until the queue is empty, the dump is halted or this reader is spent. Never throws. */
  async run(queue: TakeQueue): Promise<void> {
    while (!this.halted && !this.spent) {
      const unit = await queue.next(this.current);
      if (!unit) break;
      if (unit.kind === 'together') await this.workTogether(unit.takes, queue);
      else await this.work(unit, unit.kind === 'open' ? () => queue.opened(unit.take) : () => {});
    }
    await this.discarding;
    await this.releasing.catch(() => this.end());
  }

  /** Ends what is read now, because its take has ended or all is halted. */
  interrupt(): void {
    if (!this.busy || this.killing) return;
    this.interruption?.();
    const { connection, coordinator } = this.options;
    this.killing = coordinator
      .execute(`KILL QUERY ${BigInt(connection.connectionId)}`)
      .then(() => undefined)
      .catch(() => connection.destroy());
  }

  /** Gives up the snapshot itself: the only way to free a table where a lock cannot be given back alone. */
  sacrifice(): void {
    this.spent = true;
    if (this.busy) this.interrupt();
    else void this.end();
  }

  halt(): void {
    this.halted = true;
    this.interrupt();
  }

  /**
   * Small tables: the thread reads all of them, then their rows are stored, with no lock. What is out of the ordinary is
   * read alone, where every error has its meaning. When nothing came of it, other readers have their turn.
   */
  private async workTogether(takes: readonly FragmentTake[], queue: TakeQueue): Promise<void> {
    await this.discarding;
    this.busy = true;
    const left = new Set(takes);
    const alone: FragmentTake[] = [];
    try {
      const { tables, frames } = await this.askTogether(takes);
      const interrupted = this.interruptible();
      for (const [n, take] of takes.entries()) {
        const answer = tables[n]!;
        if (answer === 'unasked' || this.halted) continue;
        if (answer === 'large') alone.push(take);
        else if ('error' in answer) {
          const error = fromErrorMessage(answer.error);
          if (mysqlErrno(error) === lockWaitTimeout) this.fault(error, take);
          else alone.push(take);
        } else if (!openAsKnown(take, answer.createTable, answer.columns)) alone.push(take);
        else await this.storeTogether(take, answer, frames, interrupted);
        left.delete(take);
        if (!alone.includes(take)) queue.opened(take);
      }
    } catch (thrown) {
      if (takeFault(thrown, takes[0]!.fragment).means === 'fatal') this.fault(thrown, takes[0]!);
      else this.spent = true;
    } finally {
      this.busy = false;
    }
    await this.afterwards();
    queue.giveBack(takes.filter((take) => left.has(take)));
    for (const take of alone) await this.work({ kind: 'open', take }, () => queue.opened(take));
  }

  private async askTogether(takes: readonly FragmentTake[]): Promise<ReadTogether> {
    this.together = takes;
    try {
      if (this.spent) throw notReached(takes[0]!);
      const asked = this.options.connection.readTogether(takes.map(askForSmall));
      const [released, read] = await Promise.allSettled([this.releasing, asked]);
      if (released.status === 'rejected') throw released.reason;
      if (read.status === 'rejected') throw read.reason;
      return read.value;
    } finally {
      this.together = [];
    }
  }

  private async storeTogether(
    take: FragmentTake,
    { offset, length, packed, ...digest }: TableAnswered,
    frames: Uint8Array<ArrayBuffer>,
    interrupted: Promise<void>,
  ): Promise<void> {
    if (!take.hasRange) return;
    const { index } = take.takeRange();
    const { writer, onProgress } = this.options;
    if (length === 0) {
      take.add(index, null, RowDigest.of(digest));
      onProgress(take);
      return;
    }
    const chunk = writer.writeChunk();
    const bytes = Buffer.from(frames.buffer, offset, length);
    try {
      await this.store(
        take,
        chunk,
        { bytes, rows: Number(digest.rows), rawBytes: packed.rawBytes, free: ignore },
        interrupted,
      );
      await this.finishRange({ take, index, chunk, interrupted }, RowDigest.of(digest), packed);
    } catch (error) {
      this.discarding = chunk.abort();
      throw error;
    }
  }

  private async work({ kind, take }: OneTake, opened: () => void): Promise<void> {
    await this.discarding;
    await this.inPace(take);
    this.busy = true;
    let prepared: PreparedSelect | undefined;
    try {
      if (this.spent) throw notReached(take);
      prepared = await this.begin(kind, take);
    } catch (thrown) {
      this.fault(thrown, take);
    } finally {
      opened();
    }
    try {
      if (!this.halted && take.hasRange) await this.readRange(take, prepared);
    } catch (thrown) {
      this.fault(thrown, take);
    } finally {
      prepared?.close();
      this.busy = false;
    }
    await this.afterwards();
  }

  /** Who waits long for its pace holds no table meanwhile. */
  private async inPace({ fragment }: FragmentTake): Promise<void> {
    const { pace, halted } = this.options;
    if (!pace || this.spent) return;
    const timer = setTimeout(() => {
      if (this.current) this.current.letGo = true;
      this.release();
    }, longPauseMs);
    await pace.beforeChunk(fragment.node, halted);
    clearTimeout(timer);
  }

  /** Takes the table's lock and, for the first unit, opens it: in one round trip where the catalogs told of it. */
  private async begin(kind: OneTake['kind'], take: FragmentTake): Promise<PreparedSelect | undefined> {
    const { connection } = this.options;
    if (this.current !== take) this.release();
    const asked = Promise.allSettled([
      this.releasing,
      this.current === take ? undefined : this.hold(take),
      kind === 'open' ? openKnownTake(connection, take, this.options) : undefined,
    ]);
    const [released, held, opened] = await asked;
    const failed = [released, held, opened].find((outcome) => outcome.status === 'rejected');
    const prepared = opened.status === 'fulfilled' ? opened.value : undefined;
    if (released.status === 'rejected') this.spent = true;
    if (failed) {
      prepared?.close();
      throw released.status === 'rejected' ? notReached(take) : failed.reason;
    }
    if (kind === 'open' && !prepared) await openTake(connection, take, this.options);
    if (kind === 'chunk' && take.letGo) await assertUnchanged(connection, take);
    return prepared;
  }

  private hold(take: FragmentTake): Promise<void> {
    // From the first statement on there may be a lock, whether the statement succeeds or not.
    this.current = take;
    if (!this.options.releasesTables) this.kept.add(take);
    return holdTable(this.options.connection, take.fragment.database, take.fragment.table);
  }

  /** `prepared` reads the range when it is all of the table. */
  private async readRange(take: FragmentTake, prepared?: PreparedSelect): Promise<void> {
    const { connection, writer } = this.options;
    const { index, range } = take.takeRange();
    const select = () => `SELECT ${selectList(take.definition!.columns)} FROM ${range.from}`;
    const chunk = writer.writeChunk();
    const interrupted = this.interruptible();
    try {
      const { digest, packed } = await connection.read(prepared ?? select(), (frame) =>
        this.store(take, chunk, frame, interrupted),
      );
      await this.finishRange({ take, index, chunk, interrupted }, digest, packed);
    } catch (error) {
      this.discarding = chunk.abort();
      throw error;
    }
  }

  /** Its frames are with the writer, or were not wanted. */
  private async finishRange(
    { take, index, chunk, interrupted }: OpenRange,
    digest: RowDigest,
    packed: PackedChunk,
  ): Promise<void> {
    if (take.ended || this.halted || digest.rows === 0n) {
      this.discarding = chunk.abort();
      if (!this.halted) take.add(index, null, digest);
    } else {
      const finishing = chunk.finish(packed);
      const stored = await Promise.race([finishing, interrupted]);
      if (stored) take.add(index, { ...stored, rows: digest.rows.toString() }, digest);
      else this.discarding = finishing.then(ignore, ignore);
    }
    this.options.onProgress(take);
  }

  /** Resolves when what waits for the destination is to wait no more. */
  private interruptible(): Promise<void> {
    return new Promise((resolve) => {
      this.interruption = resolve;
    });
  }

  /** False when the statement is being ended: what still comes of it is not wanted. */
  private async store(
    take: FragmentTake,
    chunk: ChunkWriter,
    frame: FrameOfRows,
    interrupted: Promise<void>,
  ): Promise<boolean> {
    if (take.ended || this.halted) return false;
    const { pace, onProgress } = this.options;
    take.rows += BigInt(frame.rows);
    take.rawBytes += frame.rawBytes;
    await Promise.race([chunk.append(frame.bytes, () => frame.free()), interrupted]);
    if (pace) await Promise.race([pace.bytes(take.fragment.node, frame.rawBytes), interrupted]);
    onProgress(take);
    return !take.ended && !this.halted;
  }

  private fault(thrown: unknown, take: FragmentTake): void {
    const { means, error } = takeFault(thrown, take.fragment);
    if (means === 'fatal') this.options.onFatal(error);
    else if (!this.halted) take.end(means, error);
  }

  /** Leaves the connection ready for the next unit and holds no lock that is not needed for it. */
  private async afterwards(): Promise<void> {
    const { connection } = this.options;
    try {
      if (this.killing) {
        await this.killing;
        this.killing = undefined;
        if (!connection.failure) await absorbKill(connection);
      }
      if (connection.failure || this.spent) await this.end();
      else if (!this.current?.hasRange) this.release();
    } catch {
      await this.end();
    }
  }

  /** The lock goes now; whether it went is learned with the answer to what comes next. */
  private release(): void {
    if (!this.current) return;
    this.current = undefined;
    if (!this.options.releasesTables) return;
    this.releasing = letTableGo(this.options.connection);
    this.releasing.catch(ignore); // told by who awaits it
  }

  /** Gives the snapshot back: the server may purge what was kept for it. Never throws. */
  async end(): Promise<void> {
    this.spent = true;
    this.current = undefined;
    this.kept.clear();
    const { connection } = this.options;
    if (!connection.failure) await endSnapshot(connection).catch(() => connection.destroy());
  }
}

type OneTake = Exclude<Unit, { kind: 'together' }>;

interface OpenRange {
  readonly take: FragmentTake;
  readonly index: number;
  readonly chunk: ChunkWriter;
  readonly interrupted: Promise<void>;
}

/** Somebody alters the table just now. */
const lockWaitTimeout = 1205;

/** A lock that is given back sooner costs a round trip for nothing; later, somebody waits for us for nothing. */
const longPauseMs = 500;

const ignore = () => {};

/** The snapshot went before this table's turn came. */
export function notReached({ name, fragment }: FragmentTake): TidemarkError {
  const message = `no snapshot of node ${fragment.node} was left to read ${name} from`;
  return new TidemarkError('node/connection-lost', message, { context: { node: fragment.node } });
}
