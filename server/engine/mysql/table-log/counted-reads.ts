import type { Storage } from '#server/storage/contract.ts';

/** The same storage; `onBytes` hears of every byte that is read of it. */
export function countedReads(storage: Storage, onBytes: (bytes: number) => void): Storage {
  return {
    features: storage.features,
    write: (...args) => storage.write(...args),
    read: (...args) => counted(storage.read(...args), onBytes),
    readAll: async (...args) => {
      const bytes = await storage.readAll(...args);
      onBytes(bytes.length);
      return bytes;
    },
    stat: (key) => storage.stat(key),
    list: (prefix) => storage.list(prefix),
    remove: (key) => storage.remove(key),
    freeBytes: () => storage.freeBytes(),
    close: () => storage.close(),
  };
}

async function* counted(pieces: AsyncIterable<Buffer>, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    onBytes(piece.length);
    yield piece;
  }
}
