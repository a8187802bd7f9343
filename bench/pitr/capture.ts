import type { OurSample } from '../document.ts';
import { cluster, destination } from '../product.ts';
import { watchMemory } from '../watch/memory.ts';
import { cpuSecondsOf, forgetPeak, peakResidentBytes, treeCpuSeconds } from '../watch/process-tree.ts';
import { archivedTo } from './archive.ts';
import { position } from './position.ts';
import { writeSteadily } from './tables.ts';
import type { PitrWorld } from './world.ts';

/** Archives all the log that waits for one of the clusters, and stops. Seconds: from when it was started. */
export async function backlogOurs(world: PitrWorld, waiting: string): Promise<OurSample> {
  const { product, server, signal } = world;
  const to = await position(server);
  let seconds = 0;
  const sample = await watched(world, async () => {
    const { changedAt } = await product.tidemark.cli(['archive', 'start', waiting, '--to', destination]);
    await archivedTo(product, waiting, to, signal);
    seconds = (Date.now() - Date.parse(changedAt)) / 1_000;
  });
  await product.tidemark.cli(['archive', 'stop', waiting]);
  return { ...sample, seconds };
}

const steadySeconds = 20;
const bytesPerSecond = 5_000_000;

/** What an archive that follows takes of the executor's cores while log is written at a usual pace. */
export async function steadyCost(world: PitrWorld): Promise<{ sample: OurSample; cores: number }> {
  const { product, server, signal, data } = world;
  const bytesEach = data.logBytes / data.transactions;
  let cores = 0;
  const sample = await watched(world, async () => {
    const before = treeCpuSeconds(product.executorPid);
    const began = performance.now();
    await writeSteadily(server, { bytesPerSecond, seconds: steadySeconds, bytesEach, signal });
    await archivedTo(product, cluster, await position(server), signal);
    cores = (treeCpuSeconds(product.executorPid) - before) / ((performance.now() - began) / 1_000);
  });
  return { sample, cores };
}

async function watched({ product, server }: PitrWorld, work: () => Promise<void>): Promise<OurSample> {
  const { executorPid, tidemark } = product;
  forgetPeak(executorPid);
  const serverBefore = cpuSecondsOf(server.pid);
  const cpuBefore = treeCpuSeconds(executorPid);
  const memory = watchMemory(executorPid);
  const allMemory = watchMemory(tidemark.pid);
  const began = performance.now();
  try {
    await work();
    const seconds = (performance.now() - began) / 1_000;
    return {
      ...{ seconds, totalSeconds: seconds, commandSeconds: seconds },
      peakRssBytes: Math.max(memory.stop(), peakResidentBytes(executorPid)),
      allProcessesPeakRssBytes: allMemory.stop(),
      serverCpuSeconds: cpuSecondsOf(server.pid) - serverBefore,
      clientCpuSeconds: treeCpuSeconds(executorPid) - cpuBefore,
    };
  } finally {
    memory.stop();
    allMemory.stop();
  }
}
