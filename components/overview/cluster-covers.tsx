'use client';
import Link from 'next/link';
import { Ago } from '#components/format/ago.tsx';
import { formatInstant } from '#components/format/instant-text.ts';
import { formatCount } from '#components/format/number.ts';
import { useNow } from '#components/format/use-now.ts';
import { useZone } from '#components/format/zone-context.tsx';
import type { Overview } from '#components/trpc/outputs.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { Tag } from '#components/ui/tag.tsx';
import { BackupStrip, stripDays } from './backup-strip.tsx';

type Cover = Overview['clusters'][number];

const grid =
  'grid items-center gap-x-4 px-4 md:grid-cols-[minmax(206px,280px)_92px_minmax(0,1fr)_92px] max-md:grid-cols-2 max-md:gap-y-1.5 max-md:px-3';

/** One row a cluster, worst first: how many of its tables some backup holds, and when the backups were. */
export function ClusterCovers({ clusters }: { clusters: readonly Cover[] }) {
  return (
    <Card aria-label="Clusters">
      <CardHeader title="Clusters" note="worst first">
        <span className="flex items-center gap-1.5 text-12 text-ink-2 max-md:hidden">
          <span aria-hidden="true" className="h-3 w-1 rounded-[2px] bg-cover" /> backup
        </span>
      </CardHeader>
      <div
        aria-hidden="true"
        className={`${grid} h-[26px] border-b border-line text-11 font-medium text-ink-3 max-md:hidden`}
      >
        <span>Cluster</span>
        <span>In a backup</span>
        <Axis />
        <span className="text-right">Last backup</span>
      </div>
      <ol>
        {clusters.map((cluster) => (
          <li key={cluster.clusterId} className={`${grid} border-b border-line py-[9px] last:border-b-0`}>
            <div className="flex min-w-0 items-center gap-1.5 max-md:col-span-2">
              <Link href={`/clusters/${cluster.name}`} className="link truncate font-medium">
                {cluster.name}
              </Link>
              <span className="text-12 text-ink-3">{cluster.kind}</span>
              <span className="ml-auto">
                <CoverTag cluster={cluster} />
              </span>
            </div>
            <span className="tabular-nums">
              <span className="block text-11 text-ink-3 md:hidden">In a backup</span>
              {formatCount(cluster.covered)} of {formatCount(cluster.tables)}
            </span>
            <div className="max-md:order-last max-md:col-span-2">
              <BackupStrip at={cluster.backupsAt} />
            </div>
            <span className="tabular-nums md:text-right">
              <span className="block text-11 text-ink-3 md:hidden">Last backup</span>
              {cluster.lastBackupAt ? (
                <Ago at={cluster.lastBackupAt} />
              ) : (
                <span className={cluster.tables > 0 ? 'text-bad' : 'text-ink-3'}>none</span>
              )}
            </span>
            <Sentence cluster={cluster} />
          </li>
        ))}
      </ol>
    </Card>
  );
}

function CoverTag({ cluster }: { cluster: Cover }) {
  if (cluster.topologyAt === null) return <Tag state="unknown">Not looked at</Tag>;
  if (cluster.tables === 0) return <Tag state="idle">No tables</Tag>;
  if (cluster.covered === 0) return <Tag state="bad">No backup</Tag>;
  if (cluster.covered < cluster.tables)
    return <Tag state="warn">{formatCount(cluster.tables - cluster.covered)} without</Tag>;
  return <Tag state="ok">All in a backup</Tag>;
}

/** Only what needs a hand has one. */
function Sentence({ cluster }: { cluster: Cover }) {
  if (cluster.tables === cluster.covered) return null;
  return (
    <p className="mt-1 text-12 text-ink-2 max-md:order-last max-md:col-span-2 max-md:mt-0 md:col-[3/-1]">
      {cluster.covered === 0 ? 'None of its tables can be brought back. ' : 'New or left out tables are in no backup. '}
      <Link href={`/backups/new?cluster=${encodeURIComponent(cluster.name)}`} className="link-inline font-medium">
        Back up {cluster.name}
      </Link>
    </p>
  );
}

function Axis() {
  const now = useNow();
  const { zone } = useZone();
  if (now === undefined) return <span />;
  const dayWords = (back: number) =>
    formatInstant(new Date(now.getTime() - back * 86_400_000), { zone, style: 'minute', now }).replace(
      / \d\d:\d\d.*$/,
      '',
    );
  return (
    <span className="relative h-4 font-normal">
      {[14, 11, 8, 5].map((back) => (
        <span key={back} className="absolute" style={{ left: `${((stripDays - back) / stripDays) * 100}%` }}>
          {dayWords(back)}
        </span>
      ))}
      <span className="absolute right-0">now</span>
    </span>
  );
}
