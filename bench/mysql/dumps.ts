import type { OurSample, Sample } from '../document.ts';
import { dumpDigest, refuseOtherDump } from './dump-digest.ts';
import { settle } from './settle.ts';
import type { Source, World } from './world.ts';

/** A backup that is removed again. */
export async function dumpOurs({ server, product, signal }: World, source: Source): Promise<OurSample> {
  await settle(server, signal);
  const { backupId, ...sample } = await product.backup(source.database);
  await product.remove(backupId);
  return sample;
}

/** A dump by mydumper that is removed again. Errors: `restore/not-equal` when it holds other bytes than the kept one. */
export async function dumpPeer(
  { server, peers, signal }: World,
  source: Source,
  form: 'plain' | 'gzip' | 'zstd' | 'small',
): Promise<Sample> {
  const name = `${source.database}-run`;
  await settle(server, signal);
  try {
    const sample = await peers.dump(name, source.database, form);
    refuseOtherDump(await dumpDigest(peers.folderOf(name)), source.dumpDigest, `mydumper (${form})`);
    return sample;
  } finally {
    peers.remove(name);
  }
}
