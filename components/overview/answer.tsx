import Link from 'next/link';
import { Ago } from '#components/format/ago.tsx';
import { formatCount, plural } from '#components/format/number.ts';
import type { Overview } from '#components/trpc/outputs.ts';
import { Card } from '#components/ui/card.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';

/** The sentence the operator came for, from the tables last seen and the backups that are kept. */
export function Answer({ overview }: { overview: Overview }) {
  const { tables, covered, clusters } = overview;
  const missing = tables - covered;
  const newest = clusters
    .flatMap(({ lastBackupAt }) => lastBackupAt ?? [])
    .sort((a, b) => b.getTime() - a.getTime())[0];
  return (
    <Card
      aria-label="Answer"
      className="flex items-center gap-8 px-5 py-3.5 max-md:flex-col max-md:items-stretch max-md:gap-3 max-md:px-3"
    >
      <div className="min-w-0 flex-1">
        <p className="text-ink-3">Can every table be brought back?</p>
        <p className="my-0.5 text-20 font-medium tracking-[-0.015em] text-balance">
          {tables === 0 ? (
            'No table has been seen yet.'
          ) : (
            <>
              <b className="text-28 font-semibold">{formatCount(covered)}</b> of {plural(tables, 'table')}
              {missing === 0 ? ', yes: each to the instant of a backup.' : covered === 0 ? '. ' : ', yes. '}
              {missing === 0 ? null : (
                <span className="text-bad">
                  {missing === 1 ? '1 is in no backup.' : `${formatCount(missing)} are in no backup.`}
                </span>
              )}
            </>
          )}
        </p>
        {missing === 0 ? null : <Missing clusters={clusters.filter((cluster) => cluster.uncovered.length > 0)} />}
      </div>
      <StatRow className="shrink-0">
        <Stat caption="Newest backup" value={newest ? <Ago at={newest} /> : 'none'} note="of any cluster" />
        <Stat
          caption="Backups kept"
          value={formatCount(overview.backups)}
          note={`on ${plural(overview.destinations, 'destination')}`}
        />
      </StatRow>
    </Card>
  );
}

function Missing({ clusters }: { clusters: Overview['clusters'] }) {
  const [worst] = clusters;
  if (!worst) return null;
  const rest = worst.tables - worst.covered - worst.uncovered.length;
  return (
    <p className="max-w-[66ch] text-12 text-ink-2">
      {clusters.length === 1 ? 'All on cluster ' : 'Most on cluster '}
      <Link href={`/clusters/${worst.name}`} className="link-inline">
        {worst.name}
      </Link>
      :{' '}
      {worst.uncovered.map((name, index) => (
        <span key={name}>
          {index === 0 ? null : ', '}
          <code className="break-words">{name}</code>
        </span>
      ))}
      {rest > 0 ? ` and ${formatCount(rest)} more` : ''}. What is lost there cannot be brought back.
    </p>
  );
}
