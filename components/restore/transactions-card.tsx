'use client';
import type { useInfiniteQuery } from '@tanstack/react-query';
import { Instant } from '#components/format/instant.tsx';
import { formatRange } from '#components/format/instant-text.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { useZone } from '#components/format/zone-context.tsx';
import { failureOf } from '#components/trpc/failure.ts';
import type { LoggedTransaction } from '#components/trpc/outputs.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { cn } from '#components/ui/cn.ts';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { type Bar, countWords } from './histogram-bars.ts';
import type { RestoreChoice } from './restore-choice.ts';

type Order = 'biggest' | 'newest';

/** The transactions of the span, or of the bar that was chosen; each is a point with one press. */
export function TransactionsCard({
  query,
  listed,
  listedAbove,
  within,
  onWhole,
  order,
  onOrder,
  choice,
  firstBackupAt,
  onChoose,
}: {
  query: Pick<
    ReturnType<typeof useInfiniteQuery>,
    'isPending' | 'error' | 'hasNextPage' | 'fetchNextPage' | 'isFetchingNextPage'
  >;
  listed: readonly LoggedTransaction[];
  listedAbove: number;
  within: Bar | null;
  onWhole: () => void;
  order: Order;
  onOrder: (order: Order) => void;
  choice: RestoreChoice;
  /** What was committed earlier cannot be brought back to; null: not known. */
  firstBackupAt: string | null;
  onChoose: (point: 'before' | 'after', transaction: LoggedTransaction) => void;
}) {
  const { zone } = useZone();
  return (
    <Card aria-label="Transactions">
      <CardHeader
        title="Transactions"
        note={
          within ? formatRange(new Date(within.fromMs), new Date(within.toMs), { zone, style: 'clock' }) : 'in view'
        }
      >
        {within ? (
          <Button size="small" variant="quiet" onClick={onWhole}>
            All in view
          </Button>
        ) : null}
        <Segmented<Order>
          label="Order of transactions"
          value={order}
          onChange={onOrder}
          segments={[
            { value: 'biggest', label: 'Biggest' },
            { value: 'newest', label: 'Newest' },
          ]}
        />
      </CardHeader>
      {query.error && listed.length === 0 ? (
        <ErrorPanel failure={failureOf(query.error)} className="m-3" />
      ) : query.isPending ? (
        <div className="flex flex-col gap-3 p-3">
          <Skeleton className="w-2/3" />
          <Skeleton className="w-1/2" />
          <Skeleton className="w-3/5" />
        </div>
      ) : listed.length === 0 ? (
        <p className="px-3 py-2.5 text-ink-2">No transaction changed the table then.</p>
      ) : (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label="List of transactions"
          className="max-h-[336px] overflow-y-auto -outline-offset-2"
        >
          <ul>
            {listed.map((one) => (
              <Row
                key={`${one.node} ${one.file} ${one.position}`}
                one={one}
                choice={choice}
                tooEarly={isBefore(one.at, firstBackupAt)}
                onChoose={onChoose}
              />
            ))}
          </ul>
          {query.hasNextPage ? (
            <p className="px-3 py-2">
              <Button size="small" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
                Show more
              </Button>
            </p>
          ) : null}
        </section>
      )}
      {listed.length > 0 && listedAbove > 0 ? (
        <p className="border-t border-line px-3 py-2 text-12 text-ink-3">
          Of transactions of {plural(listedAbove, 'row')} and fewer only the largest are listed.
        </p>
      ) : null}
    </Card>
  );
}

/** A transaction is known to the second: one within that of the backup may be after it. */
const isBefore = (at: string, backupAt: string | null) =>
  backupAt !== null && Date.parse(at) + 1_000 <= Date.parse(backupAt);

function Row({
  one,
  choice,
  tooEarly,
  onChoose,
}: {
  one: LoggedTransaction;
  choice: RestoreChoice;
  tooEarly: boolean;
  onChoose: (point: 'before' | 'after', transaction: LoggedTransaction) => void;
}) {
  const chosen = one.id !== null && choice.transaction === one.id;
  const name = one.id ?? `${one.file}:${one.position}`;
  const choices = [
    ['before', 'Just before this'],
    ['after', 'After'],
  ] as const;
  return (
    <li
      className={cn(
        'flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5 last:border-b-0',
        chosen && 'bg-accent-soft',
      )}
    >
      <span className="w-[120px] font-medium whitespace-nowrap tabular-nums">
        <Instant at={one.at} style="second" />
      </span>
      <span className="min-w-0 flex-1 basis-40">
        <span
          className={cn('block break-words tabular-nums', one.deletes > 0 && one.statement === null && 'text-del-ink')}
        >
          {one.statement === null ? null : (
            <span className="line-clamp-2 font-medium text-ddl" title={one.statement}>
              ◆ {one.statement}
            </span>
          )}
          {one.statement !== null && one.inserts + one.updates + one.deletes === 0
            ? null
            : countWords(one, formatCount)}
        </span>
        <span className="block truncate font-mono text-11 text-ink-3 max-sm:hidden" title={name}>
          {name}
        </span>
      </span>
      {one.id === null ? (
        <span className="text-12 text-ink-3">has no id</span>
      ) : tooEarly ? (
        <span className="text-12 text-ink-3">before the first backup</span>
      ) : (
        <span className="flex gap-1">
          {choices.map(([point, label]) => {
            const on = chosen && choice.point === point;
            return (
              <Button
                key={point}
                size="small"
                variant={on ? 'on' : 'default'}
                aria-pressed={on}
                aria-label={`${point === 'before' ? 'Just before' : 'Just after'} ${name}`}
                onClick={() => onChoose(point, one)}
              >
                {label}
              </Button>
            );
          })}
        </span>
      )}
    </li>
  );
}
