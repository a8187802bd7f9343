'use client';
import type { UseQueryResult } from '@tanstack/react-query';
import { formatRange } from '#components/format/instant-text.ts';
import { plural } from '#components/format/number.ts';
import { shortNames } from '#components/format/table-names.ts';
import { useZone } from '#components/format/zone-context.tsx';
import { type CoverageSpan, coverageSpans } from '#components/table/coverage-axis.ts';
import { failureOf } from '#components/trpc/failure.ts';
import type { Changes } from '#components/trpc/outputs.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Segmented } from '#components/ui/segmented.tsx';
import { Select } from '#components/ui/select.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { ChangeHistogram, type Cursor } from './change-histogram.tsx';
import type { Bar } from './histogram-bars.ts';

const kinds = [
  ['insert', 'bg-ins'],
  ['update', 'bg-upd'],
  ['delete', 'bg-del'],
] as const;

/** How many rows of a table were changed when, as bars and as a table. */
export function ChangesCard({
  changes,
  table,
  tables,
  onTable,
  span,
  onSpan,
  bar,
  onBar,
  onInstant,
  cursor,
  firstBackupAt,
  clusterName,
}: {
  changes: Pick<UseQueryResult<Changes, unknown>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  table: string;
  tables: readonly string[];
  onTable: (table: string) => void;
  span: CoverageSpan;
  onSpan: (span: CoverageSpan) => void;
  bar: Bar | null;
  onBar: (bar: Bar | null) => void;
  onInstant: (at: Date) => void;
  cursor: Cursor | null;
  firstBackupAt: string | null;
  clusterName: string;
}) {
  const { data, error, isFetching, refetch } = changes;
  const short = shortNames(tables);
  const unarchived = data?.nodes.every(({ from }) => from === null) ?? false;
  return (
    <Card aria-label="Changes">
      <CardHeader title="Changes" note={tables.length === 1 ? "by the servers' clocks" : undefined}>
        <ul aria-label="Colours" className="flex gap-3 text-12 text-ink-2">
          {kinds.map(([kind, ground]) => (
            <li key={kind} className="flex items-center gap-1.5">
              <i aria-hidden="true" className={`size-2.5 rounded-1 ${ground}`} />
              {kind}
            </li>
          ))}
        </ul>
        {tables.length === 1 ? null : (
          <Select
            aria-label="Table whose changes are shown"
            value={table}
            onChange={(event) => onTable(event.target.value)}
            className="w-40 [&_select]:h-control-s [&_select]:text-12"
          >
            {tables.map((name) => (
              <option key={name} value={name}>
                {short.get(name)}
              </option>
            ))}
          </Select>
        )}
        <Segmented<CoverageSpan>
          label="Span of the changes"
          value={span}
          onChange={onSpan}
          segments={coverageSpans.map(({ key, label }) => ({ value: key, label }))}
        />
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
      {data === undefined ? (
        error ? null : (
          <div className="h-[212px] p-3">
            <Skeleton className="h-[124px] w-full" />
          </div>
        )
      ) : unarchived ? (
        <EmptyState title="The log is not archived">
          Once the log archive of {clusterName} is started, what changes {short.get(table)} shows here, and any later
          instant can be chosen.
        </EmptyState>
      ) : (
        <>
          <ChangeHistogram {...{ changes: data, bar, onBar, onInstant, cursor, firstBackupAt }} />
          <Unknown changes={data} />
        </>
      )}
    </Card>
  );
}

/** Where nothing is drawn because nothing is known, and why. */
function Unknown({ changes: { unknown } }: { changes: Changes }) {
  const { zone } = useZone();
  if (unknown.length === 0) return null;
  const shown = unknown.slice(0, 5);
  return (
    <ul aria-label="Not known" className="border-t border-line px-3 py-2 text-12 text-ink-2">
      {shown.map(({ node, from, to, reason }) => (
        <li key={`${node} ${from} ${reason}`} className="break-words">
          <i aria-hidden="true" className="hatch mr-1.5 inline-block size-2.5 rounded-1" />
          {formatRange(new Date(from), new Date(to), { zone })}: {sentence(reason)}
        </li>
      ))}
      {unknown.length > shown.length ? <li>And {plural(unknown.length - shown.length, 'more span')}.</li> : null}
    </ul>
  );
}
