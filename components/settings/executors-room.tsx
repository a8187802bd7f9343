'use client';
import { useQuery } from '@tanstack/react-query';
import { Ago } from '#components/format/ago.tsx';
import { plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tag } from '#components/ui/tag.tsx';

/** Who moves the bytes. An executor is gone when nothing was heard of it for a while, so this asks again by itself. */
export function ExecutorsRoom() {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.overview.executors.queryOptions(), refetchInterval: 10_000 });
  return (
    <Card aria-label="Executors">
      <CardHeader
        title="Executors"
        note={data ? `${plural(data.filter(({ alive }) => alive).length, 'executor')} ready` : undefined}
      />
      {data === undefined ? (
        error ? (
          <ErrorPanel failure={failureOf(error)} className="m-3" />
        ) : (
          <Skeleton className="m-3 w-1/3" />
        )
      ) : data.length === 0 ? (
        <EmptyState title="No executor was heard of within a day">
          Jobs wait until one starts: <code>npm run executor</code> with the same database and secret key.
        </EmptyState>
      ) : (
        <ul>
          {data.map((executor) => (
            <li
              key={`${executor.name} ${executor.startedAt.getTime()}`}
              className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-3 py-2 last:border-b-0"
            >
              <b className="min-w-0 flex-1 truncate font-medium">{executor.name}</b>
              <span className="text-12 text-ink-3">
                started <Ago at={executor.startedAt} />, heard of <Ago at={executor.heartbeatAt} />
              </span>
              <Tag state={executor.alive ? 'ok' : 'idle'}>{executor.alive ? 'Ready' : 'Gone'}</Tag>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
