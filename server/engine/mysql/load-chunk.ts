import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import type { LoadMarks } from './load-marks.ts';
import type { Pace } from './pace.ts';
import { rowFrameHeaderBytes } from './protocol/row-scanner.ts';

/** How rows get over one connection. After an error nothing more is sent; what is not committed is rolled back. */
export interface RowSender {
  /** `run` holds whole rows; it is the caller's again when this resolves with their number. */
  send(run: Buffer): Promise<number>;
  /** Whatever is sent over the connection after this comes behind the rows. */
  flush(): Promise<void>;
  /** The server has taken every row that was sent. */
  settle(): Promise<void>;
  /** Frees what it holds on the server. Never throws. */
  close(): Promise<void>;
}

/** Loads chunks one after the other over one connection, and commits as it goes. */
export class ChunkLoader {
  readonly #connection: MysqlConnection;
  readonly #sender: RowSender;
  /** Throws when no row may be sent any more. */
  readonly #refuse: () => void;
  readonly #marks: LoadMarks | undefined;
  readonly #pace: Pace | undefined;
  readonly #commitBytes: number;
  readonly #signal: AbortSignal;
  #committing: Promise<unknown> = Promise.resolve();

  constructor(parts: {
    connection: MysqlConnection;
    sender: RowSender;
    refuse: () => void;
    marks: LoadMarks | undefined;
    pace: Pace | undefined;
    commitBytes: number;
    signal: AbortSignal;
  }) {
    this.#connection = parts.connection;
    this.#sender = parts.sender;
    this.#refuse = parts.refuse;
    this.#marks = parts.marks;
    this.#pace = parts.pace;
    this.#commitBytes = parts.commitBytes;
    this.#signal = parts.signal;
  }

  /** `runs` hold whole rows. The first `rowsThere` of them are in the table: they are read, told of and not sent. */
  async load(
    ordinal: number,
    runs: AsyncIterable<Buffer>,
    rowsThere: number,
    onThere: (rows: number, bytes: number) => void,
  ): Promise<void> {
    const { node } = this.#connection;
    let rows = rowsThere;
    let openBytes = 0;
    for await (const run of withoutFirst(runs, rowsThere, onThere)) {
      if (openBytes === 0) await this.#pace?.beforeChunk(node, this.#signal);
      this.#refuse();
      rows += await this.#sender.send(run);
      openBytes += run.length;
      await this.#pace?.bytes(node, run.length);
      if (openBytes < this.#commitBytes) continue;
      await this.#commit(ordinal, rows);
      openBytes = 0;
    }
    if (openBytes > 0) await this.#commit(ordinal, rows);
  }

  /** Everything sent is committed. */
  async finish(): Promise<void> {
    await this.#sender.settle();
    await this.#committing;
    await this.#sender.close();
  }

  /** What is not committed is rolled back. Never throws. */
  async abort(): Promise<void> {
    await this.#sender.settle().catch(() => {});
    await this.#committing.catch(() => {});
    if (this.#connection.failure) return;
    await this.#sender.close();
    await this.#connection.execute('ROLLBACK').catch(() => {});
  }

  /**
   * With marks the server must have taken the rows and then the mark before it is asked to commit: commands behind one
   * that fails run all the same, and a commit of less than the mark says, or of more, would spoil a later load.
   */
  async #commit(ordinal: number, rows: number): Promise<void> {
    await this.#committing;
    if (this.#marks) {
      await this.#sender.settle();
      await this.#connection.execute(this.#marks.statement(ordinal, rows));
    } else await this.#sender.flush();
    this.#committing = this.#connection.execute('COMMIT');
    this.#committing.catch(() => {}); // thrown when its turn comes
  }
}

/** Runs of whole rows without the first `count` rows. Errors: `destination/object-damaged` when there are fewer. */
async function* withoutFirst(
  runs: AsyncIterable<Buffer>,
  count: number,
  onThere: (rows: number, bytes: number) => void,
): AsyncGenerator<Buffer> {
  let left = count;
  for await (const run of runs) {
    if (left === 0) {
      yield run;
      continue;
    }
    let at = 0;
    let skipped = 0;
    for (; skipped < left && at < run.length; skipped++) at += rowFrameHeaderBytes + run.readUInt32LE(at);
    left -= skipped;
    onThere(skipped, at);
    if (at < run.length) yield run.subarray(at);
  }
  if (left === 0) return;
  throw new TidemarkError('destination/object-damaged', 'a chunk holds fewer rows than were loaded from it before', {
    context: { missing: left },
  });
}
