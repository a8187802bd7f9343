import { type FileHandle, link, lstat, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { abortable } from '../abortable.ts';
import { errnoOf, writeFault } from './fault.ts';
import { makeFolder, pruneFolders, syncFolderTogether } from './folder.ts';
import { temporaryFolder, temporaryPath } from './temporary.ts';

/**
 * Whole or absent: a temporary file, synced, then linked to its name. `link` fails when the name is taken, so of many
 * writers exactly one wins and a finished object is never replaced; syncing the folder makes the name durable.
 */
export async function writeFile(
  root: string,
  key: string,
  body: AsyncIterable<Buffer> | Buffer,
  signal?: AbortSignal,
): Promise<{ bytes: number }> {
  const path = join(root, key);
  if (signal) throwIfStopped(signal);
  // Found out early where much would be written for nothing; `link` finds out in any case.
  if (!Buffer.isBuffer(body) && (await taken(path))) throw exists(key);
  const temporary = temporaryPath(root);
  const handle = await openTemporary(root, temporary, key);
  try {
    const bytes = await fill(handle, key, body, signal);
    if (signal) throwIfStopped(signal);
    await publish(root, temporary, path, key);
    return { bytes };
  } finally {
    await handle.close().catch(() => {});
    await unlink(temporary).catch(() => {});
  }
}

async function openTemporary(root: string, temporary: string, key: string): Promise<FileHandle> {
  for (let tries = 0; ; tries++) {
    try {
      return await open(temporary, 'wx', 0o640);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || tries > 0) throw writeFault(error, `write ${key}`);
    }
    await makeFolder(temporaryFolder(root)).catch((error) => {
      throw writeFault(error, `write ${key}`);
    });
  }
}

/** Errors of the source pass as they are; only our own file operations are named here. */
async function fill(handle: FileHandle, key: string, body: AsyncIterable<Buffer> | Buffer, signal?: AbortSignal) {
  let bytes = 0;
  const append = async (piece: Buffer) => {
    try {
      for (let at = 0; at < piece.length; ) at += (await handle.write(piece, at)).bytesWritten;
    } catch (error) {
      throw writeFault(error, `write ${key}`);
    }
    bytes += piece.length;
  };
  if (Buffer.isBuffer(body)) await append(body);
  else for await (const piece of abortable(body, signal)) await append(piece);
  try {
    await handle.sync();
  } catch (error) {
    throw writeFault(error, `write ${key}`);
  }
  return bytes;
}

async function publish(root: string, temporary: string, path: string, key: string): Promise<void> {
  const folder = dirname(path);
  for (let tries = 0; ; tries++) {
    try {
      if (tries > 0) await makeFolder(folder);
      await link(temporary, path);
      await syncName(folder, path);
      return;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST' && (await taken(path))) throw exists(key);
      // Not made yet; or a remover pruned it between making and using it.
      if (errnoOf(error) === 'ENOENT' && tries < 5) continue;
      await pruneFolders(folder, root);
      throw writeFault(error, `publish ${key}`);
    }
  }
}

/** A name that may not survive a crash is taken back: the caller will be told that nothing was written. */
async function syncName(folder: string, path: string): Promise<void> {
  try {
    await syncFolderTogether(folder);
  } catch (error) {
    await unlink(path);
    throw error;
  }
}

async function taken(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}

const exists = (key: string) => new TidemarkError('destination/object-exists', `object ${key} exists already`);
