'use client';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { useMay } from '#components/auth/me.tsx';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { SearchBox } from '#components/data-table/search-box.tsx';
import { Ago } from '#components/format/ago.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatDuration, shortSpan } from '#components/format/duration.ts';
import { Instant } from '#components/format/instant.tsx';
import { formatCount, plural } from '#components/format/number.ts';
import { shortId } from '#components/job/job-words.ts';
import { Page } from '#components/layout/page.tsx';
import { PageHeader } from '#components/layout/page-header.tsx';
import { failureOf, failureOrNull } from '#components/trpc/failure.ts';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import type { Backup, BackupTable } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { backupStates } from './backup-words.ts';

/** One backup: to which instant it brings back, whether that is proven, and the tables in it. */
export function BackupPage({ backupId, initial }: { backupId: string; initial?: Backup }) {
  const trpc = useTRPC();
  const { data, error } = useQuery({ ...trpc.backup.show.queryOptions({ backupId }), initialData: initial });
  const crumbs = [{ name: 'Backups', href: '/backups' }];
  if (data !== undefined) return <Shown backup={data} crumbs={crumbs} />;
  return (
    <Page title={shortId(backupId)} crumbs={crumbs}>
      <PageHeader title="Backup" />
      {error ? <ErrorPanel failure={failureOf(error)} /> : <Skeleton className="h-5 w-1/3" />}
    </Page>
  );
}

function Shown({ backup, crumbs }: { backup: Backup; crumbs: { name: string; href: string }[] }) {
  const removed = backup.removedAt !== null;
  const damaged = backup.verifyResult?.damaged ?? [];
  return (
    <Page
      title={shortId(backup.id)}
      crumbs={crumbs}
      live={<LiveMark />}
      actions={removed ? undefined : <Actions backup={backup} />}
    >
      <PageHeader
        title={
          <>
            {backup.clusterName} as it was <Instant at={backup.at} style="full" />
          </>
        }
        note={
          <>
            Backup <code>{backup.id}</code> <CopyButton text={backup.id} label="Copy id" className="-my-1.5" /> ·{' '}
            {backup.method} · on{' '}
            <Link className="link-inline" href={`/destinations/${backup.destinationName}`}>
              {backup.destinationName}
            </Link>
          </>
        }
        aside={backupStates(backup).map(({ word, state }) => (
          <Tag key={word} state={state}>
            {word}
          </Tag>
        ))}
      />
      {damaged.length > 0 ? (
        <ErrorPanel
          outcome={`${plural(damaged.length, 'object')} of this backup cannot be read as it was written.`}
          failure={{
            code: 'destination/object-damaged',
            message: `${damaged[0]!.key}: ${damaged[0]!.problem}`,
            hint: `Tables that need them: ${[...new Set(damaged.flatMap(({ tables }) => tables))].slice(0, 5).join(', ')}. Restore refuses these; take a new backup.`,
          }}
        />
      ) : null}
      <Card aria-label="In figures" className="py-3">
        <StatRow>
          <Stat
            caption="Tables"
            value={formatCount(backup.tableCount)}
            note={backup.failedCount > 0 ? `${formatCount(backup.failedCount)} more failed` : 'none failed'}
            tone={backup.failedCount > 0 ? 'bad' : undefined}
          />
          <Stat caption="Rows" value={formatCount(backup.rows)} />
          <Stat
            caption="Stored"
            value={formatBytes(backup.storedBytes)}
            note={`of ${formatBytes(backup.rawBytes)} raw`}
          />
          <Stat
            caption="Took"
            value={formatDuration(backup.finishedAt.getTime() - backup.startedAt.getTime())}
            note={<Instant at={backup.startedAt} style="second" />}
          />
          <Stat
            caption="Verified"
            value={backup.verifiedAt ? <Ago at={backup.verifiedAt} /> : 'not yet'}
            note={
              backup.verifiedAt
                ? damaged.length > 0
                  ? 'damage found'
                  : 'every object read again'
                : 'since it was written'
            }
            tone={damaged.length > 0 ? 'bad' : undefined}
          />
        </StatRow>
      </Card>
      <Cut backup={backup} />
      <BackupTables backup={backup} />
    </Page>
  );
}

function Cut({ backup }: { backup: Backup }) {
  return (
    <Card aria-label="Cut">
      <CardHeader title="One cut">
        <Tag state={backup.cutProven ? 'ok' : 'warn'}>{backup.cutProven ? 'Proven' : 'Not proven'}</Tag>
      </CardHeader>
      <p className="px-3 py-2.5 text-ink-2">
        {backup.cutProven
          ? 'Every table stands at the same instant on all nodes: no transaction is half in it. '
          : `${sentence(backup.cutReason)} A transaction over several nodes may be half in it. `}
        Commits were held for {shortSpan(backup.cutHeldMs)}. The longest that a writer was made to wait, for that or for
        a table that was being read, is {shortSpan(backup.longestWriterWaitMs)}.
      </p>
    </Card>
  );
}

function Actions({ backup }: { backup: Backup }) {
  const trpc = useTRPC();
  const router = useRouter();
  const mayOperate = useMay('operator');
  const mayAdmin = useMay('admin');
  const [asked, setAsked] = useState(false);
  const toJob = ({ number }: { number: number }) => router.push(`/jobs/${number}`);
  const verify = useMutation(trpc.backup.verify.mutationOptions({ onSuccess: toJob }));
  const remove = useMutation(trpc.backup.remove.mutationOptions({ onSuccess: toJob }));
  const failure = remove.error ? failureOf(remove.error) : undefined;
  if (!mayOperate) return null;
  const name = shortId(backup.id);
  return (
    <>
      {mayAdmin ? (
        <Button size="small" variant="danger" onClick={() => setAsked(true)} className="max-sm:hidden">
          Remove
        </Button>
      ) : null}
      <Button size="small" onClick={() => verify.mutate({ backupId: backup.id })} busy={verify.isPending}>
        Verify
      </Button>
      <Button asChild size="small" variant="primary">
        <Link href={`/restore?cluster=${encodeURIComponent(backup.clusterName)}&backup=${backup.id}`}>
          Restore from this
        </Link>
      </Button>
      <ConfirmDialog
        open={asked}
        onOpenChange={(open) => {
          remove.reset();
          setAsked(open);
        }}
        title={`Remove this backup of ${backup.clusterName}?`}
        name={name}
        action="Remove backup"
        busy={remove.isPending}
        failure={failure ? `${sentence(failure.message)} ${failure.hint ?? ''}` : undefined}
        onConfirm={() => remove.mutate({ backupId: backup.id })}
      >
        {plural(backup.tableCount, 'table')} can no longer be brought back to{' '}
        <Instant at={backup.at} style="second" named />. Its objects on {backup.destinationName} are deleted.
      </ConfirmDialog>
    </>
  );
}

const columns: Column<BackupTable>[] = [
  { key: 'name', header: 'Table', cell: ({ name }) => <span title={name}>{name}</span>, width: 'minmax(0,3fr)' },
  {
    key: 'fragments',
    header: 'Fragments',
    num: true,
    cell: ({ fragments }) => formatCount(fragments),
    hideBelow: 'middle',
  },
  { key: 'rows', header: 'Rows', num: true, cell: ({ rows }) => formatCount(rows) },
  { key: 'raw', header: 'Raw', num: true, cell: ({ rawBytes }) => formatBytes(rawBytes), hideBelow: 'middle' },
  { key: 'stored', header: 'Stored', num: true, cell: ({ storedBytes }) => formatBytes(storedBytes) },
];

const rowKey = ({ name }: BackupTable) => name;

function BackupTables({ backup }: { backup: Backup }) {
  const trpc = useTRPC();
  const mayOperate = useMay('operator');
  const [text, setText] = useState('');
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const found = useInfiniteQuery(
    trpc.backup.tables.infiniteQueryOptions(
      { backupId: backup.id, text: text || undefined, limit: 200 },
      { getNextPageParam: ({ nextCursor }) => nextCursor, placeholderData: (before) => before },
    ),
  );
  const query = new URLSearchParams({ cluster: backup.clusterName, backup: backup.id });
  for (const name of selected) query.append('table', name);
  return (
    <Card aria-label="Tables">
      <CardHeader title="Tables" note={plural(backup.tableCount, 'table')}>
        {selected.size === 0 ? null : (
          <Button asChild size="small">
            <Link href={`/restore?${query}&step=where`}>Restore {plural(selected.size, 'table')}</Link>
          </Button>
        )}
        <SearchBox label="Search tables" value={text} onSearch={setText} />
      </CardHeader>
      <DataTable
        label="Tables of this backup"
        columns={columns}
        rows={found.data?.pages.flatMap(({ tables }) => tables) ?? []}
        rowKey={rowKey}
        total={text === '' ? backup.tableCount : undefined}
        loading={found.isPending}
        failure={found.data === undefined ? failureOrNull(found.error) : null}
        selection={
          mayOperate && backup.removedAt === null ? { selected, onChange: setSelected, name: rowKey } : undefined
        }
        onEndReached={found.hasNextPage ? () => !found.isFetchingNextPage && found.fetchNextPage() : undefined}
        empty={<EmptyState title={text === '' ? 'This backup holds no table' : `No table has “${text}” in its name`} />}
      />
    </Card>
  );
}
