import { ByteArena } from './byte-arena.ts';
import type { FrozenChanges, NumberColumn } from './changes.ts';
import { ScratchFile } from './scratch-file.ts';

interface Part {
  readonly bytes: number;
  readonly make: (bytes: Buffer) => NumberColumn | Buffer;
}

/** Changes that were written down, to be read again as they were. */
export interface FrozenFile {
  /** Into `buffers`, where those of a file that was read before lie: that one's changes are no longer valid. */
  read(buffers: Buffer[]): Promise<FrozenChanges>;
  close(): Promise<void>;
}

/** Writes changes into a scratch file in `folder`. Errors: `scratch/unusable`. */
export async function writeFrozen(folder: string, frozen: FrozenChanges): Promise<FrozenFile> {
  const file = await ScratchFile.create(folder);
  try {
    const write = async (pieces: readonly Uint8Array[], make: Part['make']) => {
      for (const piece of pieces) await file.append(piece);
      return pieces.map((piece): Part => ({ bytes: piece.length, make }));
    };
    const columns: Part[] = [];
    for (const column of frozen.columns) columns.push(...(await write([bytesOf(column)], likeOf(column))));
    const keys = await write(frozen.keys.contents(), (bytes) => bytes);
    const images = await write(frozen.images.contents(), (bytes) => bytes);
    return {
      close: () => file.close(),
      read: async (buffers) => {
        let position = 0;
        let count = 0;
        const readAll = async (parts: readonly Part[]) => {
          const read: (NumberColumn | Buffer)[] = [];
          for (const { bytes, make } of parts) {
            if ((buffers[count]?.length ?? 0) < bytes) buffers[count] = Buffer.allocUnsafeSlow(bytes);
            const into = buffers[count++]!.subarray(0, bytes);
            await file.read(position, into);
            position += bytes;
            read.push(make(into));
          }
          return read;
        };
        return {
          columns: (await readAll(columns)) as NumberColumn[],
          keys: ByteArena.of((await readAll(keys)) as Buffer[]),
          images: ByteArena.of((await readAll(images)) as Buffer[]),
        };
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function bytesOf(column: NumberColumn): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

function likeOf(column: NumberColumn): Part['make'] {
  const Kind = column.constructor as new (buffer: ArrayBufferLike, offset: number, length: number) => NumberColumn;
  const width = column.BYTES_PER_ELEMENT;
  return (bytes) => new Kind(bytes.buffer, bytes.byteOffset, bytes.length / width);
}
