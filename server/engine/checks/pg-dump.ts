import { execFile } from 'node:child_process';

const timeoutMs = 5_000;

/** What `pg_dump --version` on this executor says, as in `15.14`; null when there is none that answers. */
export function pgDumpVersion(signal?: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    execFile('pg_dump', ['--version'], { signal, timeout: timeoutMs }, (error, stdout) => {
      resolve(error ? null : (/(\d+(?:\.\d+)*)/.exec(stdout)?.[1] ?? null));
    });
  });
}
