import { spawn } from 'node:child_process';
import { type ProgramName, programPath } from '#lab/programs.ts';
import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Sample } from './document.ts';
import { watchMemory } from './watch/memory.ts';
import { cpuSecondsOf, endedChildrenCpuSeconds } from './watch/process-tree.ts';

/**
 * Runs a program to its end and says what it took; nothing else may be started and end meanwhile, or its CPU seconds
 * count. Errors: `internal/unexpected` with its last words when it fails or, as mydumper does, only says so.
 */
export async function runProgram(
  program: ProgramName,
  args: readonly string[],
  { serverPid, signal }: { serverPid: number; signal: AbortSignal },
): Promise<Sample> {
  throwIfStopped(signal);
  const serverBefore = cpuSecondsOf(serverPid);
  const childrenBefore = endedChildrenCpuSeconds();
  const began = performance.now();
  const child = spawn(programPath(program), args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  const memory = watchMemory(child.pid ?? -1);
  let code: number | null = null;
  let seconds = 0;
  let peakRssBytes = 0;
  try {
    code = await new Promise<number | null>((resolve, reject) => {
      child.once('exit', () => {
        seconds = (performance.now() - began) / 1_000;
      });
      child.once('error', reject).once('close', resolve);
    });
  } catch (error) {
    throwIfStopped(signal);
    throw error;
  } finally {
    peakRssBytes = memory.stop();
  }
  if (code !== 0 || /\bCRITICAL\b/.test(said)) {
    throw new TidemarkError(
      'internal/unexpected',
      `${program} ended with ${code}: ${said.trim() || 'it said nothing'}`,
      {
        hint: 'Without it there is nothing to compare with.',
      },
    );
  }
  return {
    seconds,
    peakRssBytes,
    serverCpuSeconds: cpuSecondsOf(serverPid) - serverBefore,
    clientCpuSeconds: endedChildrenCpuSeconds() - childrenBefore,
  };
}
