import type { Storage } from './contract.ts';
import { openFsStorage } from './fs/open.ts';

/** Where a destination is, by kind. A new driver is one more member here and one more line below. */
export type StorageAddress = { kind: 'fs'; path: string };

/** Errors: those of the driver's own open. */
export function openStorage(address: StorageAddress): Promise<Storage> {
  switch (address.kind) {
    case 'fs':
      return openFsStorage(address);
  }
}
