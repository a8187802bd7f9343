'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import { useNow } from '#components/format/use-now.ts';
import { ZoneSwitch } from '#components/format/zone-switch.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { Coverage, TableDetail } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { axisOf, type CoverageSpan, coverageSpans, fittingSpan } from './coverage-axis.ts';
import { CoverageFigures } from './coverage-figures.tsx';
import { CoverageLanes } from './coverage-lanes.tsx';
import { CoverageList } from './coverage-list.tsx';
import { coverageTag } from './coverage-words.ts';

/** The safe edge moves on by itself, and nobody tells of it. */
const askEveryMs = 20_000;

/** The instants a table can be brought back to: in figures, on lanes, and as a list. An executor is asked. */
export function CoverageCard({ table }: { table: TableDetail }) {
  const trpc = useTRPC();
  const now = useNow();
  const [wished, setWished] = useState<CoverageSpan>();
  const { data, error, refetch, isFetching } = useQuery({
    ...trpc.table.coverage.queryOptions(
      { clusterId: table.cluster.id, table: table.name },
      { trpc: { context: { alone: true } } },
    ),
    refetchInterval: askEveryMs,
  });
  // The axis moves by the minute, not by the second: what is drawn must stand still under a pointer.
  const minuteMs = now === undefined ? undefined : Math.ceil(now.getTime() / 60_000) * 60_000;
  const key = wished ?? (minuteMs === undefined ? '1d' : fittingSpan(data?.ranges ?? [], minuteMs));
  const tag = data && coverageTag(data, now?.getTime());
  const empty = data !== undefined && data.backups.length === 0;
  return (
    <Card aria-label="Recoverable">
      <CardHeader title="Recoverable">
        {tag ? <Tag state={tag.state}>{tag.word}</Tag> : null}
        {empty || (error && data === undefined) ? null : (
          <Segmented<CoverageSpan>
            label="Span of the lanes"
            value={key}
            onChange={setWished}
            segments={coverageSpans.map(({ key, label }) => ({ value: key, label }))}
          />
        )}
        <ZoneSwitch className="max-sm:w-full" />
      </CardHeader>
      {error && !isFetching ? (
        <ErrorPanel
          outcome={data ? 'What is shown is from the last answer.' : undefined}
          failure={failureOf(error)}
          className="m-3"
        >
          <Button size="small" onClick={() => refetch()}>
            Ask again
          </Button>
        </ErrorPanel>
      ) : null}
      {empty ? (
        <Nothing table={table} coverage={data} />
      ) : error && data === undefined ? null : (
        <>
          <CoverageFigures coverage={data} />
          {data ? <Problems coverage={data} /> : null}
          {minuteMs === undefined ? (
            <div className="h-[156px]" />
          ) : (
            <CoverageLanes coverage={data} axis={axisOf(key, minuteMs)} />
          )}
          {data ? <CoverageList coverage={data} /> : null}
        </>
      )}
    </Card>
  );
}

function Nothing({ table, coverage }: { table: TableDetail; coverage: Coverage }) {
  const mayOperate = useMay('operator');
  const { cluster, name, seen } = table;
  const query = new URLSearchParams({ cluster: cluster.name, scope: 'tables', table: name });
  return (
    <>
      <Problems coverage={coverage} />
      <EmptyState
        title="Nothing to restore yet"
        action={
          mayOperate && seen ? (
            <Button asChild>
              <Link href={`/backups/new?${query}`}>Back up this table</Link>
            </Button>
          ) : undefined
        }
      >
        Take a first backup of {name}. With the log archive of {cluster.name} started, every later instant can be
        restored.
      </EmptyState>
    </>
  );
}

/** What could not be read: there may be more than is drawn. */
function Problems({ coverage: { problems } }: { coverage: Coverage }) {
  if (problems.length === 0) return null;
  return (
    <ul className="border-b border-line px-3 py-2">
      {problems.map((problem) => (
        <li key={problem} className="break-words text-warn">
          Not everything could be read: {problem}.
        </li>
      ))}
    </ul>
  );
}
