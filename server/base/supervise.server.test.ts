import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { silentLogger } from './log.ts';
import { type Supervised, supervise } from './supervise.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-supervise-'));
let supervised: Supervised | undefined;
afterEach(async () => {
  await supervised?.stop(1_000);
  rmSync(folder, { recursive: true, force: true });
});

test('a program that runs and no longer answers is killed and started again', async () => {
  const port = await freePort();
  const program = join(folder, 'program.mjs');
  writeFileSync(
    program,
    `import { createServer } from 'node:http';
     process.on('disconnect', () => process.exit(0));
     process.on('SIGTERM', () => process.exit(0));
     createServer((request, response) => {
       if (request.url === '/loop') for (;;);
       response.end(String(process.pid));
     }).listen(${port}, '127.0.0.1');`,
  );
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(500) }).then(
      (response) => response.text(),
      () => null,
    );
  let heard = 0;
  supervised = supervise({
    name: 'program',
    command: [program],
    env: process.env,
    cwd: folder,
    log: silentLogger,
    hearing: {
      answers: async () => {
        const answer = await ask('/');
        if (answer !== null) heard++;
        return answer !== null;
      },
      everyMs: 50,
      silences: 3,
    },
  });
  await vi.waitUntil(() => heard > 0, { timeout: 30_000 });
  const first = await answered(ask);
  expect(await ask('/loop')).toBeNull();
  const second = await answered(ask);
  expect(second).not.toBe(first);
  expect(() => process.kill(Number(first), 0)).toThrow();
});

async function answered(ask: (path: string) => Promise<string | null>): Promise<string> {
  const deadline = performance.now() + 30_000;
  while (performance.now() < deadline) {
    const pid = await ask('/');
    if (pid !== null) return pid;
  }
  throw new Error('the program did not answer within 30 s');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
