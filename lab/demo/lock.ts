import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { TidemarkError } from '#server/base/error.ts';
import { isServerOf } from '../process-check.ts';

/**
 * Lets one demo at a time use a lab: another would take its data folder away. Returns what lets go. Errors:
 * `conflict/in-use` naming the process of the other.
 */
export function holdDemo(file: string): () => Promise<void> {
  const other = Number(readOr(file, '0'));
  if (other > 0 && other !== process.pid && isServerOf(other, 'lab')) {
    throw new TidemarkError('conflict/in-use', `another demo runs in this lab, as process ${other}`, {
      hint: 'End it with Ctrl-C, or set TIDEMARK_LAB to another folder.',
    });
  }
  writeFileSync(file, `${process.pid}\n`);
  return async () => rmSync(file, { force: true });
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
