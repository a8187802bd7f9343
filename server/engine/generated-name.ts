import { createHash } from 'node:crypto';

/**
 * Names that we make from other names. PostgreSQL takes 63 bytes and silently cuts longer ones; MySQL takes 64
 * characters and refuses longer ones. A name that does not fit is cut at a character's border and gets a short hash
 * of the whole, so that two long names never become one.
 */
const limits = {
  postgres: { most: 63, sizeOf: (text: string) => Buffer.byteLength(text) },
  // Counted in code points, as the server does.
  mysql: { most: 64, sizeOf: (text: string) => [...text].length },
} as const;

export type NameRule = keyof typeof limits;

/** `base` + `suffix` under the rule's limit; the suffix stays whole unless it alone is too long. */
export function generatedName(base: string, suffix: string, rule: NameRule): string {
  const { most, sizeOf } = limits[rule];
  const whole = base + suffix;
  if (sizeOf(whole) <= most) return whole;
  const mark = `~${createHash('sha256').update(whole).digest('hex').slice(0, 8)}`;
  const room = most - sizeOf(mark) - sizeOf(suffix);
  if (room < 1) return cutTo(whole, most - sizeOf(mark), sizeOf) + mark;
  return cutTo(base, room, sizeOf) + mark + suffix;
}

function cutTo(text: string, room: number, sizeOf: (text: string) => number): string {
  let cut = '';
  for (const character of text) {
    if (sizeOf(cut + character) > room) break;
    cut += character;
  }
  return cut;
}

/** Whether the server takes the name as it is, uncut. */
export function nameFits(name: string, rule: NameRule): boolean {
  return name !== '' && limits[rule].sizeOf(name) <= limits[rule].most;
}

/** `20261120_101500`, in UTC: the suffix of automatic names. */
export function nameStamp(at: Date): string {
  return at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}
