import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startConsole } from '#lab/console.ts';
import { labUp } from '#lab/up.ts';
import { type Stage, writeStage } from './world.ts';

/**
 * Before the first story: a small lab in a temp folder, the built console with one executor, all on free ports. After
 * the last: everything that was started is ended and the folder is gone.
 */
export default async function stage(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-e2e-'));
  const endings: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const end = async () => {
    for (const step of endings.reverse()) await step();
  };
  try {
    const lab = await labUp({
      folder: join(folder, 'lab'),
      clusters: ['bank', 'bank2', 'shop'],
      rows: 20_000,
      ephemeral: true,
    });
    endings.push(() => lab.down());
    const tidemark = await startConsole({
      dataFolder: join(folder, 'data'),
      onStart: (stop) => endings.push(stop),
    });
    const { url, dataFolder, pid, password } = tidemark;
    if (password === null) throw new Error('the first start told no password');
    const nodes = lab.nodes.map(({ mariadb: _, postgres: __, ...node }) => node);
    writeStage({ folder, url, dataFolder, launcherPid: pid, password, nodes } satisfies Stage);
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
