import type { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import { manifestFormat } from './schema.ts';

/**
 * The bytes of one JSON object of a repository, as its type. Errors, each naming the key: `destination/newer-format`
 * before anything else is looked at, `destination/object-damaged` where it is no JSON or does not fit the schema.
 * `newest` is the last format known of this kind of object.
 */
export function parseObject<T>(key: string, bytes: Buffer, schema: z.ZodType<T>, newest: number = manifestFormat): T {
  const value = parseJson(key, bytes);
  const format = (value as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && format > newest) {
    throw new TidemarkError('destination/newer-format', `object ${key} has format ${format}, ${newest} is known`, {
      context: { key, format, known: newest },
    });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw damagedObject(
    key,
    `${issue?.path.join('.') || 'its content'}: ${issue?.message ?? 'unexpected'}`,
    parsed.error,
  );
}

export function damagedObject(key: string, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError('destination/object-damaged', `object ${key} is damaged: ${problem}`, {
    context: { key },
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseJson(key: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damagedObject(key, 'it is no JSON', cause);
  }
}
