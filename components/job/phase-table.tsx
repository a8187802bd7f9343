'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { formatInstant } from '#components/format/instant-text.ts';
import { formatCount, formatPercent, plural } from '#components/format/number.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { cn } from '#components/ui/cn.ts';
import { Glyph } from '#components/ui/glyph.tsx';
import { Progress } from '#components/ui/progress.tsx';
import { backupPhases, hasEnded, type JobState, type Phase, restorePhases } from '#server/contract/job.ts';
import { type PhaseRow, phaseRows } from './phase-rows.ts';

const phaseNames: Record<Phase, string> = {
  definition: 'Definition',
  log: 'Log',
  rows: 'Rows',
  indexes: 'Indexes',
  compare: 'Compare',
  publish: 'Publish',
};

const rowKey = ({ key }: PhaseRow) => key;

/** Where each table is, phase by phase, and each of its fragments under it. */
export function PhaseTable({ job }: { job: JobDetail }) {
  const trpc = useTRPC();
  const [all, setAll] = useState(false);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const ended = hasEnded(job.state);
  const found = useInfiniteQuery(
    trpc.job.tables.infiniteQueryOptions(
      { jobId: job.id, limit: 200 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const tables = found.data?.pages.flatMap((page) => page.tables) ?? [];
  const rows = phaseRows(tables, (table) => all !== turned.has(table));
  const some = rows.some(({ fragments }) => fragments > 1);
  const columns = useMemo<Column<PhaseRow>[]>(() => {
    const phases = phasesOf(job.input);
    const turn = (table: string) =>
      setTurned((before) => {
        const after = new Set(before);
        if (!after.delete(table)) after.add(table);
        return after;
      });
    return [
      { key: 'name', header: 'Table', cell: (row) => <NameCell row={row} onTurn={turn} />, width: 'minmax(120px,2fr)' },
      ...phases.map(
        (phase): Column<PhaseRow> => ({
          key: phase,
          header: phaseNames[phase],
          cell: (row) => <PhaseCell row={row} phase={phase} state={job.state} />,
          width: phase === 'rows' ? 'minmax(84px,1fr)' : 'minmax(58px,.7fr)',
        }),
      ),
      {
        key: 'count',
        header: job.kind === 'backup' ? 'Rows read' : 'Rows in',
        num: true,
        cell: (row) => formatCount(row.rows),
        width: '76px',
      },
    ];
  }, [job.kind, job.input, job.state]);
  return (
    <Card aria-label="Phases per table and node">
      <CardHeader
        title="Phases per table and node"
        note={job.tableCount > 0 ? plural(job.tableCount, 'table') : undefined}
      >
        {some ? (
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              setAll(!all);
              setTurned(new Set());
            }}
          >
            {all ? 'Collapse fragments' : 'Expand fragments'}
          </Button>
        ) : null}
      </CardHeader>
      <DataTable
        label="Phases per table and node"
        columns={columns}
        rows={rows}
        rowKey={rowKey}
        total={job.tableCount}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={
          <p className="px-3 py-3 text-ink-3">
            {ended ? 'No table was worked on.' : 'The executor has not named the tables yet.'}
          </p>
        }
      />
    </Card>
  );
}

/** A log is read by restores to a point alone. */
function phasesOf(input: JobDetail['input']): readonly Phase[] {
  if (input.kind === 'backup') return backupPhases;
  const readsLog = input.kind === 'restore' && input.plan.log !== null;
  return restorePhases.filter((phase) => phase !== 'log' || readsLog);
}

function NameCell({ row, onTurn }: { row: PhaseRow; onTurn: (table: string) => void }) {
  const words = (
    <>
      <span
        className={cn('truncate', row.isFragment ? 'text-ink-2' : 'font-medium')}
        title={row.isFragment ? row.name : row.key}
      >
        {row.name}
      </span>
      {row.fragments > 1 ? (
        <span className="shrink-0 text-12 text-ink-3" title={`${row.fragments} fragments`}>
          ×{row.fragments}
          <span className="sr-only"> fragments</span>
        </span>
      ) : (
        <span className="shrink-0 text-12 text-ink-3">{row.node}</span>
      )}
    </>
  );
  if (row.fragments < 2)
    return <span className={cn('flex min-w-0 items-baseline gap-2', row.isFragment ? 'pl-8' : 'pl-4.5')}>{words}</span>;
  return (
    <button
      type="button"
      aria-expanded={row.open}
      onClick={() => onTurn(row.key)}
      className="flex max-w-full min-w-0 items-baseline gap-2 rounded-1 text-left"
    >
      <ChevronRight
        aria-hidden="true"
        className={cn('-mr-1 size-3.5 shrink-0 self-center text-ink-3', row.open && 'rotate-90')}
      />
      {words}
    </button>
  );
}

function PhaseCell({ row, phase, state }: { row: PhaseRow; phase: Phase; state: JobState }) {
  const ended = hasEnded(state);
  const progress = row.phases[phase];
  const still = (
    <span className="text-12 text-ink-3">{ended || row.isFragment || row.state === 'failed' ? '–' : 'waits'}</span>
  );
  if (progress === undefined || progress.state === 'waiting') return still;
  if (progress.state === 'failed') return <Word state="bad" text="failed" />;
  if (progress.state === 'done') return <Word state="ok" text={phase === 'compare' ? 'equal' : 'done'} />;
  if (ended) return <Word state="idle" text={state === 'cancelled' ? 'cancelled' : 'stopped'} />;
  const share = progress.bytesTotal ? Math.min(1, progress.bytesDone / progress.bytesTotal) : undefined;
  return (
    <span
      className="flex items-center gap-1.5 text-12"
      title={
        progress.logTime &&
        `read up to ${formatInstant(new Date(progress.logTime), { zone: 'UTC', style: 'second', named: true })}`
      }
    >
      <Progress value={share} label={`${phaseNames[phase]} of ${row.name}`} className="max-w-16 min-w-6 flex-1" />
      {share === undefined ? 'runs' : formatPercent(share)}
    </span>
  );
}

function Word({ state, text }: { state: 'ok' | 'bad' | 'idle'; text: string }) {
  return (
    <span
      className={cn(
        'inline-flex items-center gap-[5px] text-12 whitespace-nowrap',
        state === 'bad' ? 'text-bad' : 'text-ink-2',
      )}
    >
      <Glyph state={state} className={state === 'ok' ? 'text-ok' : undefined} />
      {text}
    </span>
  );
}
