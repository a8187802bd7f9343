import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';

const run = promisify(execFile);

/** So few are left over by the server's own housekeeping at any time. */
const fewPages = 300;
const longestMs = 300_000;

/**
 * Lets the machine finish what earlier work left it, so that no run pays for the one before: the server's changed pages
 * are written, its binary logs, which nobody reads any more, are gone, and the file system holds nothing back. The same
 * before every run of either side.
 */
export async function settle(server: MariadbServer, signal: AbortSignal): Promise<void> {
  await server.sql(`FLUSH BINARY LOGS; PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 SECOND;
    SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0; SET GLOBAL innodb_max_dirty_pages_pct = 0;`);
  try {
    await pagesWritten(server, signal);
  } finally {
    await server.sql('SET GLOBAL innodb_max_dirty_pages_pct = 90');
  }
  await run('sync');
}

async function pagesWritten(server: MariadbServer, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + longestMs;
  for (;;) {
    const [, left] = (await server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")).trim().split('\t');
    if (Number(left) <= fewPages) return;
    throwIfStopped(signal);
    if (performance.now() > deadline) {
      throw new TidemarkError('internal/unexpected', `${left} changed pages were not written within five minutes`, {
        hint: 'The disk is too slow, or something else uses this server.',
      });
    }
    await pause(100, signal);
  }
}
