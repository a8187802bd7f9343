import { TidemarkError } from '#server/base/error.ts';

/** 255 bytes is what a name may hold on every file system we know; 1024 is an S3 key. */
const longestPartBytes = 255;
const longestKeyBytes = 1024;

/**
 * Refuses every key that could leave the destination, hide in it, or mean two things on two drivers: empty, absolute,
 * with empty parts, parts that begin with a dot (`..`, and names drivers keep for themselves), backslashes, control
 * characters, lone surrogates, too long. Errors: `destination/bad-key`.
 */
export function checkKey(key: string): void {
  const problem = problemOf(key);
  if (problem) refuse(key, problem);
}

/** The same for a prefix of keys: '' is all, `backups/` a folder, `segments/1f/01jabc-` part of a name. */
export function checkPrefix(prefix: string): void {
  if (prefix === '') return;
  const problem = problemOf(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  if (problem) refuse(prefix, problem);
}

function refuse(key: string, problem: string): never {
  const shown = JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
  throw new TidemarkError('destination/bad-key', `object key ${shown} ${problem}`);
}

function problemOf(key: string): string | null {
  if (key === '') return 'is empty';
  if (!key.isWellFormed()) return 'is not valid text';
  if (Buffer.byteLength(key) > longestKeyBytes) return `is longer than ${longestKeyBytes} bytes`;
  for (const character of key) {
    const code = character.codePointAt(0)!;
    if (code < 0x20 || code === 0x7f || character === '\\') return 'holds a control character or a backslash';
  }
  for (const part of key.split('/')) {
    if (part === '') return 'is absolute or holds an empty part';
    if (part.startsWith('.')) return 'holds a part that begins with a dot';
    if (Buffer.byteLength(part) > longestPartBytes) return `holds a part longer than ${longestPartBytes} bytes`;
  }
  return null;
}
