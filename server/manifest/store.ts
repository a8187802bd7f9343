import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Storage } from '#server/storage/contract.ts';

/**
 * Writes one JSON object, once. It is checked against its own schema first: what is written can be read. People read
 * these files too, so they are indented. Errors: `destination/object-exists` and those of `Storage.write`.
 */
export async function storeObject<T>(
  storage: Storage,
  key: string,
  value: T,
  schema: z.ZodType<T>,
  encode: (json: string) => Buffer = (json) => Buffer.from(`${json}\n`),
): Promise<{ sha256: string; bytes: number }> {
  const body = encode(JSON.stringify(schema.parse(value), null, 1));
  const { bytes } = await storage.write(key, body);
  return { sha256: sha256Of(body), bytes };
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
