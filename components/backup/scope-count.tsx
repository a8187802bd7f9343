'use client';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCompact, plural } from '#components/format/number.ts';
import { failureOf } from '#components/trpc/failure.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { sentence } from '#components/ui/error-panel.tsx';
import { isEmptyScope, type scopeOf } from './scope-fields.ts';

/** A question of more names than this does not fit an address; the number chosen is known anyway. */
const mostNamed = 60;

/** How much a choice takes, live: tables and bytes as last seen, and what of it cannot be backed up. */
export function ScopeCount({ clusterId, scope }: { clusterId: string; scope: ReturnType<typeof scopeOf> }) {
  const trpc = useTRPC();
  const asked = useDeferredValue(scope);
  const empty = isEmptyScope(asked);
  const many = asked.tables.length > mostNamed;
  const { data, error } = useQuery(
    trpc.table.count.queryOptions(
      { clusterId, scope: asked },
      { enabled: !empty && !many, placeholderData: keepPreviousData },
    ),
  );
  if (empty) return <span>Nothing is chosen yet.</span>;
  if (many) return <span>{plural(asked.tables.length, 'table')} chosen.</span>;
  if (error) return <span className="text-bad">{sentence(failureOf(error).message)}</span>;
  if (data === undefined) return <span>Counting…</span>;
  return (
    <span>
      <b className="font-semibold text-ink">{plural(data.tables, 'table')}</b>, {formatBytes(data.bytes)}, about{' '}
      {formatCompact(data.estimatedRows)} rows as last seen.
      {data.problems.length === 0 ? null : (
        <span className="text-bad" title={data.problems.map(({ name, problem }) => `${name}: ${problem}`).join('\n')}>
          {' '}
          {plural(data.problems.length, 'table')} cannot be backed up: {data.problems[0]!.name},{' '}
          {data.problems[0]!.problem}
        </span>
      )}
    </span>
  );
}
