import { binlogMagic } from '#server/engine/mysql/binlog/file-events.ts';
import type { FramePumpOptions } from '#server/engine/mysql/log-archive/frame-pump.ts';
import type { LogScan } from '#server/engine/mysql/log-archive/scan-log.ts';
import { LogSegmentWriter, type SummaryOutside } from '#server/engine/mysql/log-archive/segment-writer.ts';
import type { SharedMemory } from '#server/engine/mysql/log-archive/shared-memory.ts';
import type { LogPlace } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';

const MiB = 1024 ** 2;
/** Frames of a segment are read one table at a time, those of a piece mostly never. */
const segmentFrames = { frameBytes: MiB, budgetBytes: 48 * MiB };
const pieceFrames = { frameBytes: MiB / 4, budgetBytes: 16 * MiB };

export type SegmentBeginning = Omit<SummaryOutside, 'end'>;

/** Of what begins with an event that lies there. A file begins with four bytes that are no event. */
export function beginOf({ cursor }: LogScan, file: string, position: number): SegmentBeginning['begin'] {
  const first = position === binlogMagic.length ? 0 : position;
  return { file, position: String(first), gtids: cursor.gtids.texts() };
}

/** A segment or a piece of the tail while it is being written, and what it says of itself. */
export class OpenSegment {
  readonly writer: LogSegmentWriter;
  readonly #beginning: SegmentBeginning;

  constructor(
    storage: Storage,
    key: string,
    beginning: SegmentBeginning,
    options: FramePumpOptions & { memory: SharedMemory; failed: (error: unknown) => void },
  ) {
    const frames = beginning.piece === null ? segmentFrames : pieceFrames;
    this.writer = new LogSegmentWriter({ storage, key, ...frames, ...options });
    this.writer.failed.catch(options.failed);
    this.#beginning = beginning;
  }

  /** The object is there, whole, once this resolves. */
  finish(end: LogPlace): ReturnType<LogSegmentWriter['finish']> {
    return this.writer.finish({ ...this.#beginning, end });
  }
}
