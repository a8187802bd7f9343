'use client';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNow } from '#components/format/use-now.ts';
import { type CoverageSpan, coverageSpans, fittingSpan } from '#components/table/coverage-axis.ts';
import type { LoggedTransaction } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { ChangesCard } from './changes-card.tsx';
import type { Bar } from './histogram-bars.ts';
import type { PointWay } from './restore-choice.ts';
import { SelectedPoint } from './selected-point.tsx';
import type { StepProps } from './step-props.ts';
import { TransactionsCard } from './transactions-card.tsx';
import { askEveryMs, useCoverage, usePointVerdict } from './use-point.ts';

const alone = { trpc: { context: { alone: true } } };

/** A point of the log: what happened to the table and when, the transactions, and what the chosen point means. */
export function LogPoint({ way, ...props }: StepProps & { way: Exclude<PointWay, 'backup'> }) {
  const { choice, cluster, change } = props;
  const trpc = useTRPC();
  const now = useNow();
  const coverage = useCoverage(cluster.id, choice.tables[0]);
  const firstBackupAt = coverage.data?.backups[0]?.at ?? null;
  const [wishedSpan, setSpan] = useState<CoverageSpan>();
  const [wished, setWished] = useState<string>();
  const [bar, setBar] = useState<Bar | null>(null);
  const [order, setOrder] = useState<'biggest' | 'newest'>('biggest');
  const table = choice.tables.find((name) => name === wished) ?? choice.tables[0] ?? '';
  // The span moves by the minute, not by the second: what is drawn must stand still under a pointer.
  const minuteMs = now === undefined ? undefined : Math.floor(now.getTime() / 60_000) * 60_000;
  const begins = coverage.data?.logs.flatMap(({ spans }) => spans.slice(0, 1)) ?? [];
  const span = wishedSpan ?? (now !== undefined && fittingSpan(begins, now.getTime()) === '1h' ? '1h' : '1d');
  const { ms } = coverageSpans.find(({ key }) => key === span)!;
  const from = minuteMs === undefined ? null : new Date(minuteMs - ms).toISOString();
  const asked = { clusterId: cluster.id, table, from };
  const enabled = from !== null && table !== '';
  const changes = useQuery({
    ...trpc.changes.list.queryOptions({ ...asked, limit: 0 }, alone),
    ...{ enabled, refetchInterval: askEveryMs, placeholderData: keepPreviousData },
  });
  const within = bar ? { from: new Date(bar.fromMs).toISOString(), to: new Date(bar.toMs - 1).toISOString() } : {};
  const transactions = useInfiniteQuery({
    ...trpc.changes.list.infiniteQueryOptions(
      { ...asked, ...within, order, limit: 50 },
      { getNextPageParam: ({ next }) => next, ...alone },
    ),
    ...{ enabled, refetchInterval: askEveryMs, placeholderData: keepPreviousData },
  });
  const pages = transactions.data?.pages ?? [];
  const listed = pages.flatMap((page) => page.transactions);
  const choose = (point: 'before' | 'after', one: LoggedTransaction) =>
    change({ point, transaction: one.id!, at: one.at, backup: '' }, { replace: true });
  const chooseInstant = (at: Date) =>
    change({ point: 'instant', at: at.toISOString(), transaction: '', backup: '' }, { replace: true });
  const verdict = usePointVerdict(choice, { clusterId: cluster.id, table });
  const lastCommit =
    changes.data?.nodes
      .map(({ until }) => until ?? '')
      .sort()
      .at(-1) || null;
  return (
    <>
      <ChangesCard
        changes={changes}
        table={table}
        tables={choice.tables}
        onTable={(name) => {
          setWished(name);
          setBar(null);
        }}
        span={span}
        onSpan={(next) => {
          setSpan(next);
          setBar(null);
        }}
        bar={bar}
        onBar={setBar}
        onInstant={chooseInstant}
        cursor={choice.at === '' ? null : { at: choice.at, bad: verdict?.possible === false }}
        firstBackupAt={firstBackupAt}
        clusterName={cluster.name}
      />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-3 lg:grid-cols-[minmax(0,5fr)_minmax(0,6fr)]">
        <SelectedPoint
          {...props}
          way={way}
          table={table}
          lastCommit={lastCommit}
          transaction={listed.find(({ id }) => id !== null && id === choice.transaction)}
        />
        <TransactionsCard
          query={transactions}
          listed={listed}
          listedAbove={pages[0]?.listedAbove ?? 0}
          within={bar}
          onWhole={() => setBar(null)}
          order={order}
          onOrder={setOrder}
          choice={choice}
          firstBackupAt={firstBackupAt}
          onChoose={choose}
        />
      </div>
    </>
  );
}
