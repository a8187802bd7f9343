import { readFileSync } from 'node:fs';
import { usageError } from './usage-error.ts';

/** The text of a file named on the command line; `what` says which. Errors: usage, when it cannot be read. */
export function readOwnFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw usageError(`${path} (${what}) cannot be read: ${code ?? 'unknown reason'}`, 'Name a file that can be read.');
  }
}
