import { pause } from '#server/base/abort.ts';
import { eventType } from '#server/engine/mysql/binlog/event-type.ts';
import { replayLog } from '#server/engine/mysql/log-archive/replay.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { RecoveredLog } from './recover.ts';
import type { StreamRun } from './stream-run.ts';

/** How long a destination that is slow is waited for between two looks. */
const lookMs = 5;

/** What lies in the tail goes into the segment that it will be sealed as. Errors: those of the run. */
export async function replayTail(run: StreamRun, storage: Storage, pieces: RecoveredLog['pieces']): Promise<void> {
  const { scan } = run;
  for (const [number, { key, index }] of pieces.entries()) {
    run.replayedMs = Date.parse(index.summary.received?.first ?? '') || 0;
    for await (const step of replayLog(storage, key, index)) {
      if (step.kind === 'received') run.replayedMs = step.ms;
      else if (step.kind === 'file') scan.file(step.name);
      else if (step.kind === 'event') scan.event(step.bytes, step.length, step.position);
      else if (step.kind === 'more') scan.more(step.bytes);
      else if (number === 0 && step.event[4] === eventType.formatDescription) scan.format(step.event);
      while (scan.full) await Promise.race([pause(lookMs), run.failed]);
    }
  }
  run.replayedMs = null;
  scan.asking = true;
}
