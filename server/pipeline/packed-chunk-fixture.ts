import { ChunkPacker } from './chunk-packer.ts';
import type { SegmentWriter, StoredChunk } from './segment-writer.ts';

/** For tests: a chunk of `writer` that is packed where it is written. */
export class ChunkOfRows {
  private readonly chunk: ReturnType<SegmentWriter['writeChunk']>;
  private readonly packer: ChunkPacker;

  constructor(writer: SegmentWriter, frameBytes?: number) {
    this.chunk = writer.writeChunk();
    this.packer = new ChunkPacker(frameBytes);
  }

  async write(rows: Buffer): Promise<void> {
    for (const { bytes } of this.packer.pack(rows)) await this.chunk.append(bytes);
  }

  finish(): Promise<StoredChunk> {
    return this.chunk.finish(this.packer.result());
  }

  abort(): Promise<void> {
    return this.chunk.abort();
  }
}
