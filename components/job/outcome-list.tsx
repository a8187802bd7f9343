'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import { useMay } from '#components/auth/me.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { JobDetail, JobTable } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { hasEnded } from '#server/contract/job.ts';
import { outcomeWords } from './job-words.ts';

/** Of the good ones as many as anybody reads; the bad ones are all there. */
const goodShown = 50;

/** Every table's own end, worst first: never a success with something missing. */
export function OutcomeList({ job }: { job: JobDetail }) {
  const trpc = useTRPC();
  const router = useRouter();
  const mayOperate = useMay('operator');
  const failed =
    useQuery(trpc.job.tables.queryOptions({ jobId: job.id, state: 'failed', limit: 500 })).data?.tables ?? [];
  const done = useQuery(trpc.job.tables.queryOptions({ jobId: job.id, state: 'done', limit: goodShown })).data;
  const retry = useMutation(
    trpc.job.retry.mutationOptions({ onSuccess: ({ number }) => router.push(`/jobs/${number}`) }),
  );
  const good = done?.tables ?? [];
  const ended = hasEnded(job.state);
  if (job.state === 'cancelled') return <NothingLeft kind={job.kind} />;
  if (failed.length + good.length === 0) return null;
  return (
    <Card aria-label="Outcome per table">
      <CardHeader title="Outcome per table" note={failed.length > 0 ? 'worst first' : undefined}>
        {mayOperate && ended && failed.length > 0 ? (
          <Button size="small" busy={retry.isPending} onClick={() => retry.mutate({ jobId: job.id })}>
            Retry only these · {formatCount(failed.length)}
          </Button>
        ) : null}
      </CardHeader>
      {retry.error ? <ErrorPanel failure={failureOf(retry.error)} className="m-3" /> : null}
      <ul>
        {[...failed, ...good].map((table) => (
          <Outcome key={table.table} table={table} kind={job.kind} />
        ))}
      </ul>
      {done?.nextCursor == null ? null : (
        <p className="border-t border-line px-3 py-2 text-12 text-ink-3">
          {plural(good.length, 'table')} of those that are done are listed; the phases above hold all of them.
        </p>
      )}
    </Card>
  );
}

/** A job that has anything to show for itself does not end as cancelled. */
function NothingLeft({ kind }: { kind: JobDetail['kind'] }) {
  return (
    <Card aria-label="Outcome per table">
      <CardHeader title="Outcome" />
      <p className="px-3 py-2.5 text-ink-2">{outcomeWords(kind, 'cancelled')} Nothing of it is left.</p>
    </Card>
  );
}

function Outcome({ table, kind }: { table: JobTable; kind: JobDetail['kind'] }) {
  const { outcome } = table;
  const target = outcome?.target ?? table.target;
  const bad = table.state === 'failed';
  return (
    <li className="grid grid-cols-[86px_minmax(0,1fr)] items-start gap-2 border-b border-line px-3 py-[5px] last:border-b-0">
      <span className="pt-px">
        <Tag state={bad ? 'bad' : 'ok'}>
          {bad ? (outcome?.outcome === 'skipped' ? 'Skipped' : 'Failed') : kind === 'restore' ? 'Equal' : 'Stored'}
        </Tag>
      </span>
      <div className="min-w-0">
        <p className="break-words">
          <b className="font-medium">{table.table}</b>
          {target === null || target === table.table ? null : (
            <>
              {' → '}
              <code>{target}</code>
            </>
          )}
        </p>
        <p className="text-12 break-words text-ink-2">
          {outcome === null ? `${formatCount(table.rows)} rows so far.` : words(outcome, kind)}
        </p>
        {outcome?.notes.map((note) => (
          <p key={note} className="text-12 break-words text-ink-2">
            {sentence(note)}
          </p>
        ))}
      </div>
    </li>
  );
}

function words(outcome: NonNullable<JobTable['outcome']>, kind: JobDetail['kind']): string {
  if (outcome.error) return `${sentence(outcome.error.message)} ${outcome.error.hint}`;
  const rows = `${plural(outcome.rows, 'row')}`;
  if (kind === 'restore') {
    const kept = outcome.keptAs === null ? '' : ` The table it replaced is kept as ${outcome.keptAs}.`;
    const { digest, changesApplied } = outcome;
    const given = changesApplied === undefined ? 'the backup' : 'what backup and log give';
    const log = changesApplied === undefined ? '' : ` ${plural(changesApplied, 'change')} of the log applied.`;
    return `${rows}, ${digest === null ? 'count' : 'digest'} equal to ${given}.${log}${kept}`;
  }
  return `${rows}, ${formatBytes(outcome.rawBytes)} raw, ${formatBytes(outcome.storedBytes)} stored, ${plural(outcome.fragments, 'fragment')}.`;
}
