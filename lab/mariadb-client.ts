import { spawn } from 'node:child_process';
import { TidemarkError } from '#server/base/error.ts';
import { programPath } from './programs.ts';

export interface MariadbLogin {
  user: string;
  password: string;
}

/**
 * Runs SQL (any number of statements, `delimiter` too) through the mariadb program: text on stdin, password in the
 * environment, neither in argv. Returns the rows of all results as lines of tab-separated text, without headings.
 * Errors: `node/query-failed` with the server's message; nothing after the failed statement runs.
 */
export async function runMariadbSql(
  socket: string,
  login: MariadbLogin,
  sql: string,
  database?: string,
): Promise<string> {
  const args = ['--no-defaults', `--socket=${socket}`, `--user=${login.user}`, ...clientOptions];
  if (database !== undefined) args.push(`--database=${database}`);
  const child = spawn(programPath('mariadb'), args, {
    env: { ...process.env, MYSQL_PWD: login.password },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes));
  child.stdin.on('error', () => {}); // the program ended early: its exit code and stderr tell why
  child.stdin.end(sql);
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (code !== 0) {
    throw new TidemarkError(
      'node/query-failed',
      `mariadb on ${socket}: ${Buffer.concat(err).toString().trim().slice(-2_000)}`,
    );
  }
  return Buffer.concat(out).toString();
}

const clientOptions = ['--batch', '--skip-column-names', '--default-character-set=utf8mb4', '--binary-as-hex'];
