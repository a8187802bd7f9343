import { asTidemarkError } from '#server/base/error.ts';
import { FrameThread } from '#server/engine/mysql/log-archive/frame-thread.ts';
import { LogCursor } from '#server/engine/mysql/log-archive/log-cursor.ts';
import { LogScan } from '#server/engine/mysql/log-archive/scan-log.ts';
import { SharedMemory } from '#server/engine/mysql/log-archive/shared-memory.ts';
import { logPieceKey, logSegmentKey } from '#server/manifest/log-keys.ts';
import type { LogFollows, LogGap, LogPlace, LogSeal } from '#server/manifest/log-schema.ts';
import type { ArchiveAttempt, ArchiveCommand, ArchiveSizes, ArchiveStatus } from './command.ts';
import { beginOf, OpenSegment } from './open-segment.ts';
import type { RecoveredLog } from './recover.ts';
import { sealSegment } from './seal.ts';

/** Segments of groups that are larger than this many times the size wanted are cut within the group. */
const mostSegments = 2;
/** Pieces that a slow destination has not taken; with more, the stream waits. */
const mostWaiting = 3;

/**
 * One run of an archive: takes the log from a scan and puts it into segments, and, where the log is live, into pieces of
 * the tail. Objects appear in the order of the log and one after another. Everything that fails fails the run, and what
 * lies in the repository is then what the next one goes on from.
 */
export class StreamRun {
  readonly scan: LogScan;
  /** Rejects when the run has failed; never resolves. */
  readonly failed: Promise<never>;
  /** Of events, while they are replayed. */
  replayedMs: number | null = null;
  live = false;
  /** What the server had when we came ends here: the log is live from there on. */
  #liveFrom: { file: string; position: number } | null = null;
  #storedBytes = 0;
  #logBytes = 0;
  readonly #attempt: ArchiveAttempt;
  readonly #command: ArchiveCommand;
  readonly #sizes: ArchiveSizes;
  readonly #name: string;
  readonly #fail: (error: unknown) => void;
  readonly #roomAgain: () => void;
  readonly #clockSkewMs: number;
  readonly #thread = new FrameThread();
  readonly #memory = new SharedMemory();
  #follows: LogFollows;
  #gap: LogGap | null;
  #sequence: number;
  #previous: LogSeal['previous'];
  /** All that have begun and not become objects. */
  readonly #unfinished = new Set<OpenSegment>();
  #segment: OpenSegment | null = null;
  /** Whether what the segment holds must lie in the tail until it is sealed, and which piece comes next. */
  #inPieces: boolean;
  #piece: OpenSegment | null = null;
  #nextPiece = 0;
  #pieceTimer: NodeJS.Timeout | undefined;
  #segmentTimer: NodeJS.Timeout | undefined;
  #due = false;
  /** Objects that are on their way, in order. */
  #writing: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #durable: LogPlace | null;
  #caughtUpAt: Date | null = null;

  constructor(
    attempt: ArchiveAttempt,
    command: ArchiveCommand,
    options: {
      sizes: ArchiveSizes;
      /** Of this run among all: names its segments. */
      name: string;
      from: Pick<RecoveredLog, 'sequence' | 'previous'>;
      server: LogPlace['server'];
      place: LogPlace | null;
      /** What lies in the repository ends there, with the tail. */
      durable: LogPlace | null;
      follows: LogFollows;
      gap: LogGap | null;
      clockSkewMs: number;
      /** Pieces that lie there already of the segment. */
      pieces: number;
      roomAgain: () => void;
    },
  ) {
    this.#attempt = attempt;
    this.#command = command;
    this.#sizes = options.sizes;
    this.#name = options.name;
    this.#sequence = options.from.sequence;
    this.#previous = options.from.previous;
    this.#follows = options.follows;
    this.#gap = options.gap;
    this.#clockSkewMs = options.clockSkewMs;
    this.#nextPiece = options.pieces;
    this.#inPieces = options.pieces > 0;
    this.#durable = options.durable;
    this.#roomAgain = options.roomAgain;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {});
    this.failed = promise;
    this.#fail = reject;
    this.scan = new LogScan({
      cursor: new LogCursor(options.server, options.place),
      now: () => this.replayedMs ?? attempt.clock.now().getTime(),
      beforeEvent: (file, position) => this.#open(file, position),
      afterEvent: () => this.#afterEvent(),
      onIdle: () => this.#idle(),
    });
    if (options.place) this.scan.restore(options.place.context.map((event) => Buffer.from(event, 'base64')));
    this.scan.asking = true;
  }

  /** Everything up to here is, or becomes, one sealed segment. Resolves when all is durable. */
  async seal(): Promise<Pick<RecoveredLog, 'sequence' | 'previous'>> {
    this.#roll();
    await this.settled();
    return { sequence: this.#sequence, previous: this.#previous };
  }

  /** Resolves when what was given to the destination lies there. Errors: those of the run. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Leaves nothing behind that is not whole. Never throws. */
  async end(): Promise<void> {
    clearTimeout(this.#pieceTimer);
    clearTimeout(this.#segmentTimer);
    this.#fail(new Error('the run has ended'));
    await Promise.all([...this.#unfinished].map(({ writer }) => writer.abandon()));
    await this.#writing.catch(() => {});
    await this.#thread.close();
  }

  /** From now on what comes is new at the server too, and must be in the repository soon. */
  becomeLive(): void {
    if (this.live) return;
    this.live = true;
    if (this.#segment && !this.#inPieces) this.#roll();
    this.report();
  }

  /** What lies before this place is not new at the server. */
  readUpTo(file: string, position: number): void {
    this.#liveFrom = { file, position };
    if (this.#isThere()) this.becomeLive();
    else this.report();
  }

  status(): ArchiveStatus {
    const durable = this.#durable && {
      file: this.#durable.file,
      position: this.#durable.position,
      gtid: this.#durable.group?.gtid ?? null,
      time: this.#durable.time > 0 ? new Date(this.#durable.time * 1000) : null,
      committedAt: this.#durable.time === 0 ? null : new Date(this.#durable.time * 1_000),
    };
    return {
      state: this.live ? 'live' : 'behind',
      error: null,
      sequence: this.#sequence,
      durable,
      caughtUpAt: this.#caughtUpAt,
      logBytes: this.#logBytes + (this.#segment?.writer.rawBytes ?? 0),
      storedBytes: this.#storedBytes,
      clockSkewMs: this.#clockSkewMs,
    };
  }

  report(): void {
    this.#attempt.report(this.status());
  }

  /** Names tell nothing about what a log is, but of one log they tell how far it is. */
  #isThere(): boolean {
    const wanted = this.#liveFrom;
    const { file, position } = this.scan.cursor;
    return wanted !== null && (file === wanted.file ? position >= wanted.position : file > wanted.file);
  }

  /** Something comes: there must be somewhere to put it. */
  #open(file: string, position: number): void {
    this.scan.asking = false;
    const begin = beginOf(this.scan, file, position);
    const { storage, stream } = this.#command;
    const { cancellation } = this.#attempt;
    const compress = (raw: Buffer) => this.#thread.compress(raw);
    const [roomAgain, failed, memory] = [this.#roomAgain, this.#fail, this.#memory];
    const options = { roomAgain, failed, memory, compress, signal: cancellation.abandon };
    const clockSkewMs = this.#clockSkewMs;
    const sequence = this.#sequence;
    if (!this.#segment) {
      const beginning = { stream, sequence, piece: null, follows: this.#follows, gap: this.#gap, clockSkewMs };
      const key = logSegmentKey(stream.id, sequence, this.#name);
      this.#segment = new OpenSegment(storage, key, { ...beginning, begin }, options);
      this.#unfinished.add(this.#segment);
      this.#inPieces ||= this.live;
      this.#segmentTimer = setTimeout(() => this.#overdue(), this.#sizes.segmentMs);
    }
    if (this.#inPieces && this.replayedMs === null) {
      const piece = this.#nextPiece++;
      const first = piece === 0;
      const [follows, gap] = first ? [this.#follows, this.#gap] : ['bytes' as const, null];
      const beginning = { stream, sequence, piece, follows, gap, clockSkewMs };
      this.#piece = new OpenSegment(storage, logPieceKey(stream.id, sequence, piece), { ...beginning, begin }, options);
      this.#unfinished.add(this.#piece);
      this.#pieceTimer = setTimeout(() => this.#cutPiece(), this.#sizes.tailMs);
    }
    this.#write();
  }

  #write(): void {
    const open = [this.#segment, this.#piece].filter((one) => one !== null);
    this.scan.write(open.map(({ writer }) => writer));
  }

  #afterEvent(): void {
    const bytes = this.#segment!.writer.rawBytes;
    const { segmentBytes } = this.#sizes;
    const { atBorder } = this.scan.cursor;
    if (this.replayedMs !== null) return;
    if (!this.live && atBorder && this.#isThere()) this.becomeLive();
    if (!this.#segment) return;
    if ((atBorder && (this.#due || bytes >= segmentBytes)) || bytes >= segmentBytes * mostSegments) this.#roll();
  }

  #overdue(): void {
    this.#due = true;
    if (this.scan.cursor.atBorder) this.#roll();
  }

  /** The server has nothing for us that we have not seen. */
  #idle(): void {
    this.becomeLive();
    if (this.#waiting > 0 || this.#piece) return;
    this.#caughtUpAt = this.#attempt.clock.now();
    this.report();
  }

  #cutPiece(): void {
    const piece = this.#piece;
    if (!piece) return;
    this.#piece = null;
    this.scan.asking = true;
    this.#write();
    const end = this.#place();
    this.scan.held ||= this.#waiting >= mostWaiting;
    this.#enqueue(async () => {
      await this.#attempt.lease.assertHeld();
      const { stored } = await piece.finish(end);
      this.#unfinished.delete(piece);
      this.#storedBytes += stored.bytes;
      this.#durable = end;
    });
  }

  /** The segment ends here. */
  #roll(): void {
    const segment = this.#segment;
    if (!segment) return;
    clearTimeout(this.#segmentTimer);
    clearTimeout(this.#pieceTimer);
    const piece = this.#piece;
    this.#due = false;
    this.#segment = null;
    this.#piece = null;
    this.#inPieces = false;
    this.#nextPiece = 0;
    this.#follows = 'bytes';
    this.#gap = null;
    this.#sequence++;
    this.#logBytes += segment.writer.rawBytes;
    this.scan.asking = true;
    this.#write();
    const end = this.#place();
    // One is being sealed while the next one fills, and no more: the stream waits.
    this.scan.held = this.#waiting > 0;
    this.#enqueue(async () => {
      if (piece) {
        await piece.writer.abandon();
        this.#unfinished.delete(piece);
      }
      await this.#attempt.lease.assertHeld();
      const written = await segment.finish(end);
      this.#unfinished.delete(segment);
      this.#previous = await sealSegment(this.#attempt, this.#command.storage, written, this.#previous);
      this.#storedBytes += written.stored.bytes;
      this.#durable = end;
    });
  }

  #place(): LogPlace {
    return this.scan.cursor.place(this.scan.context());
  }

  #enqueue(work: () => Promise<void>): void {
    this.#waiting++;
    this.#writing = this.#writing.then(work).then(
      () => {
        this.#waiting--;
        if (this.#waiting === 0 && this.scan.held) {
          this.scan.held = false;
          this.#roomAgain();
        }
        this.report();
      },
      (error) => {
        this.#fail(asTidemarkError(error));
        throw error;
      },
    );
    this.#writing.catch(() => {});
  }
}
