import { ulid } from 'ulid';
import type { Clock } from '#server/base/clock.ts';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { Storage } from '#server/storage/contract.ts';
import { probePrefix } from '#server/storage/probe.ts';
import { laterReadmeKey, readmeKey, repositoryKey } from './keys.ts';
import { parseObject } from './parse.ts';
import { formatsTitle, repositoryReadme } from './readme.ts';
import { manifestFormat, type Repository, repository as schema } from './schema.ts';
import { storeObject } from './store.ts';

/**
 * The repository on a destination, made where there is none: README.txt, then repo.json, which makes it one. Several
 * may open at once; one of them makes it. Errors: `destination/not-a-repository` where other things lie there,
 * `destination/newer-format`, `destination/object-damaged`, and those of the destination.
 */
export async function openRepository(storage: Storage, clock: Clock): Promise<Repository> {
  const found = await readRepository(storage);
  if (found) {
    await describeLaterFormats(storage);
    return found;
  }
  const stranger = await firstStranger(storage);
  if (stranger !== null) {
    // Another may have made it, and begun to fill it, since we looked.
    const made = await readRepository(storage);
    if (made) return made;
    throw new TidemarkError('destination/not-a-repository', `the destination holds "${stranger}" and no repo.json`, {
      context: { key: stranger },
    });
  }
  await unlessThere(storage.write(readmeKey, Buffer.from(repositoryReadme)));
  const repository = {
    format: manifestFormat,
    id: ulid().toLowerCase(),
    createdAt: clock.now().toISOString(),
  } as const;
  await unlessThere(storeObject(storage, repositoryKey, repository, schema));
  return (await readRepository(storage)) ?? repository;
}

/** A repository from before a format gets the page that describes it, beside its own, which stays as it is. */
async function describeLaterFormats(storage: Storage): Promise<void> {
  if ((await storage.stat(laterReadmeKey)) !== null) return;
  const own = await storage.readAll(readmeKey).catch((error: unknown) => {
    if (hasCode(error, 'destination/object-missing')) return Buffer.alloc(0);
    throw error;
  });
  if (own.includes(formatsTitle)) return;
  await unlessThere(storage.write(laterReadmeKey, Buffer.from(repositoryReadme)));
}

async function readRepository(storage: Storage): Promise<Repository | null> {
  try {
    return parseObject(repositoryKey, await storage.readAll(repositoryKey), schema);
  } catch (error) {
    if (hasCode(error, 'destination/object-missing')) return null;
    throw error;
  }
}

/** The first object that a repository being made would not hold. */
async function firstStranger(storage: Storage): Promise<string | null> {
  for await (const { key } of storage.list('')) {
    if (key !== readmeKey && key !== repositoryKey && !key.startsWith(probePrefix)) return key;
  }
  return null;
}

async function unlessThere(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!hasCode(error, 'destination/object-exists')) throw error;
  }
}
