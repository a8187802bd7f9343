import { Elapsed } from '#components/format/ago.tsx';
import { formatDuration, shortSpan } from '#components/format/duration.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCompact, formatCount } from '#components/format/number.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { AreaChart } from '#components/ui/area-chart.tsx';
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx';
import { hasEnded } from '#server/contract/job.ts';

type Signs = NonNullable<NonNullable<JobDetail['progress']>['signs']>[number];

/** What the backup costs the servers it reads: the longest that a writer waited, and how far purging lies behind. */
export function CostCard({ job }: { job: JobDetail }) {
  const { signs = [], longestWriterWaitMs: soFar } = job.progress ?? {};
  const ended = (job.result as { longestWriterWaitMs?: number } | null)?.longestWriterWaitMs;
  const longest = ended ?? soFar;
  if (job.kind !== 'backup' || (signs.length === 0 && longest === undefined)) return null;
  return (
    <Card aria-label="Cost to the servers">
      <CardHeader title="Cost to the servers" />
      <CardBody className="flex flex-col gap-3">
        <div>
          <p className="flex items-baseline justify-between gap-2">
            <span className="text-12 text-ink-3">Longest wait of a writer</span>
            <b className="font-semibold tabular-nums">{longest === undefined ? '–' : shortSpan(longest)}</b>
          </p>
          <p className="text-12 text-ink-3">While commits were held for the cut, or for a table that was being read.</p>
        </div>
        {signs.map((node) => (
          <NodeCost key={node.node} signs={node} ended={hasEnded(job.state)} />
        ))}
      </CardBody>
    </Card>
  );
}

function NodeCost({ signs, ended }: { signs: Signs; ended: boolean }) {
  const { node, replica, snapshotAt, snapshotUntil, historyBefore, history, waitedMs } = signs;
  return (
    <section aria-label={`Node ${node}`} className="flex flex-col gap-1 border-t border-line pt-2.5">
      <h3 className="flex flex-wrap items-baseline gap-x-2 text-13 font-medium">
        {node}
        {replica === null ? null : <span className="text-12 font-normal text-ink-3">read on {replica}</span>}
      </h3>
      {snapshotAt === null || ended ? null : (
        <p className="text-12 text-ink-3">
          Snapshot open for <Elapsed since={new Date(snapshotAt)} until={null} />
          {snapshotUntil === null ? null : (
            <>
              ; given up at the latest <Instant at={new Date(snapshotUntil)} style="second" />
            </>
          )}
        </p>
      )}
      {history.length === 0 ? (
        <p className="text-12 text-ink-3">
          Purge lag: {historyBefore === null ? 'not told by the server' : `${formatCount(historyBefore)} undo records`}
        </p>
      ) : (
        <AreaChart
          caption={`Purge lag, undo records kept${historyBefore === null ? '' : ` (${formatCompact(historyBefore)} before)`}`}
          values={history}
          tone="upd"
          say={formatCount}
          sayTop={formatCompact}
        />
      )}
      {waitedMs === 0 ? null : (
        <p className="text-12 text-ink-3">Waited {formatDuration(waitedMs)} because the node was busy.</p>
      )}
    </section>
  );
}
