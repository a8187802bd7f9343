import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

/**
 * A file that has no name from its first moment on: whatever ends this process, nothing is left behind. Errors of all:
 * `scratch/unusable` when the folder is full or cannot be written.
 */
export class ScratchFile {
  /** Bytes written. */
  size = 0;
  private readonly handle: FileHandle;
  private readonly folder: string;

  private constructor(handle: FileHandle, folder: string) {
    this.handle = handle;
    this.folder = folder;
  }

  /** `folder` is made when it is missing. */
  static async create(folder: string): Promise<ScratchFile> {
    return guarded(folder, async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const path = join(folder, `merge-${randomUUID()}`);
      const handle = await open(path, 'wx+', 0o600);
      await unlink(path);
      return new ScratchFile(handle, folder);
    });
  }

  /** Appends; the bytes are the caller's again when this resolves. */
  async append(bytes: Uint8Array): Promise<void> {
    await guarded(this.folder, async () => {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at, this.size);
        at += bytesWritten;
        this.size += bytesWritten;
      }
    });
  }

  /** Fills `into` with what was appended from `position` on. */
  async read(position: number, into: Uint8Array): Promise<void> {
    await guarded(this.folder, async () => {
      for (let at = 0; at < into.length; ) {
        const { bytesRead } = await this.handle.read(into, at, into.length - at, position + at);
        if (bytesRead === 0) throw new Error('it is shorter than what was written to it');
        at += bytesRead;
      }
    });
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

async function guarded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const full = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
    const message = full ? `the scratch folder ${folder} is full` : `the scratch folder ${folder} cannot be used`;
    throw new TidemarkError('scratch/unusable', message, { context: { folder }, cause: error });
  }
}
