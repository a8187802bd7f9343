import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { usageError } from './usage-error.ts';

/**
 * A password from the environment variable an option names, else typed unseen on a terminal, else null. Never from an
 * argument. Errors: usage, when the variable is not set.
 */
export async function readPassword(
  env: Record<string, string | undefined>,
  option: string,
  variable: string | undefined,
  question: string,
): Promise<string | null> {
  if (variable !== undefined) {
    const value = env[variable];
    if (value !== undefined) return value;
    throw usageError(
      `${option} names an environment variable that is not set`,
      'Give the name of the variable, not the password itself, and export it first.',
    );
  }
  return process.stdin.isTTY && process.stderr.isTTY ? typed(question) : null;
}

async function typed(question: string): Promise<string> {
  process.stderr.write(`${question}: `);
  // What is typed would be echoed here.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const gone = new AbortController();
  lines.on('SIGINT', () => gone.abort());
  lines.on('close', () => gone.abort());
  try {
    return await lines.question('', { signal: gone.signal });
  } catch {
    throw usageError('no password was given', 'Type it, or name an environment variable with --password-env.');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
