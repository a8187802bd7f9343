'use client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { backupStates } from '#components/backup/backup-words.ts';
import { EndWatch } from '#components/data-table/end-watch.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Backup } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { cn } from '#components/ui/cn.ts';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { BackupTimeline } from './backup-timeline.tsx';
import type { StepProps } from './step-props.ts';

/** Which backup: its own end is the point that is brought back. The same backups as pins and as a list. */
export function BackupPoints({ choice, cluster, change }: StepProps) {
  const trpc = useTRPC();
  const scroller = useRef<HTMLDivElement>(null);
  const [only] = choice.tables;
  const found = useInfiniteQuery(
    trpc.backup.list.infiniteQueryOptions(
      { clusterId: cluster.id, table: only, limit: 200 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  const backups = found.data?.pages.flatMap((page) => page.backups) ?? [];
  const choose = (backup: Backup) =>
    change({ point: 'backup', backup: backup.id, at: '', transaction: '' }, { replace: true });
  if (found.error && !found.data) return <ErrorPanel failure={failureOf(found.error)} />;
  return (
    <>
      <Card aria-label="Timeline">
        <CardHeader title="Timeline" note={only === undefined ? undefined : 'backups that hold the chosen table'} />
        <BackupTimeline backups={backups} chosen={choice.backup} onChoose={choose} />
      </Card>
      <Card aria-label="Points">
        <CardHeader title="Points" note="each brings back to its own instant" />
        {found.isPending ? (
          <Skeleton className="m-3 w-2/5" />
        ) : backups.length === 0 ? (
          <EmptyState title="No backup holds this table">
            Choose another table, or take a backup of {cluster.name} while the table is there.
          </EmptyState>
        ) : (
          <div ref={scroller} className="max-h-[420px] overflow-y-auto">
            {backups.map((backup) => (
              <PointRow
                key={backup.id}
                backup={backup}
                chosen={backup.id === choice.backup}
                tables={choice.tables.length}
                onChoose={() => choose(backup)}
              />
            ))}
            {found.hasNextPage ? (
              <EndWatch
                count={backups.length}
                scroller={scroller}
                onReached={() => !found.isFetchingNextPage && found.fetchNextPage()}
              />
            ) : null}
          </div>
        )}
      </Card>
    </>
  );
}

function PointRow({
  backup,
  chosen,
  tables,
  onChoose,
}: {
  backup: Backup;
  chosen: boolean;
  tables: number;
  onChoose: () => void;
}) {
  return (
    <div
      className={cn(
        'flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3 py-1.5 last:border-b-0',
        chosen && 'bg-accent-soft',
      )}
    >
      <span className="min-w-52 flex-1">
        <b className="font-medium">
          <Instant at={backup.at} style="second" named />
        </b>{' '}
        <span className="text-12 text-ink-3">
          <Ago at={backup.at} />
        </span>
      </span>
      <span className="flex gap-1">
        {backupStates(backup).map(({ word, state }) => (
          <Tag key={word} state={state}>
            {word}
          </Tag>
        ))}
      </span>
      <span className="text-12 text-ink-2 tabular-nums">
        {plural(backup.tableCount, 'table')}, {formatBytes(backup.storedBytes)} on {backup.destinationName}
      </span>
      <Button
        aria-pressed={chosen}
        size="small"
        variant={chosen ? 'on' : 'default'}
        onClick={onChoose}
        aria-label={tables === 1 ? 'Bring the table back to this backup' : 'Bring the tables back to this backup'}
      >
        {chosen ? 'Chosen' : 'Choose'}
      </Button>
    </div>
  );
}
