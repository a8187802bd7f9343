import { hasEnded, type JobKind, type JobState } from '#server/contract/job.ts';
import type { NodeSigns } from '#server/contract/progress.ts';

interface Waiting {
  kind: JobKind;
  state: JobState;
  progress: { signs?: readonly Pick<NodeSigns, 'node' | 'waitsBecause'>[] } | null;
}

/** Why nothing is read or loaded just now, one line a node: beside a rate that says only that it is low. */
export function WaitLines({ job }: { job: Waiting }) {
  const signs = hasEnded(job.state) ? [] : (job.progress?.signs ?? []);
  const waits = signs.filter(({ waitsBecause }) => waitsBecause !== null);
  if (waits.length === 0) return null;
  return (
    <div className="flex flex-col gap-1.5 px-5 text-12 max-md:px-3">
      {waits.map(({ node, waitsBecause }) => (
        <p key={node} role="status" className="text-warn">
          {job.kind === 'restore' ? `Loading into node ${node} waits` : `Waits for node ${node}`}: {waitsBecause}.
        </p>
      ))}
    </div>
  );
}
