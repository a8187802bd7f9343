import { formatBytes } from '#components/format/bytes.ts';
import { formatEstimate } from '#components/format/duration.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { shortNames } from '#components/format/table-names.ts';
import type { Plan } from '#components/trpc/outputs.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { sentence } from '#components/ui/error-panel.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';
import { Count, Tag } from '#components/ui/tag.tsx';
import { lostThings } from './lost-things.ts';

export function PlanFigures({ plan }: { plan: Plan }) {
  const sum = (of: (table: Plan['tables'][number]) => number) =>
    plan.tables.reduce((total, table) => total + of(table), 0);
  const fragments = plan.tables.flatMap((table) => table.fragments);
  const nodes = new Set(fragments.map(({ target }) => target.node));
  const problems = plan.tables.filter(({ problem }) => problem !== null).length;
  return (
    <Card aria-label="In figures" className="py-3">
      <StatRow>
        <Stat
          caption="Tables"
          value={formatCount(plan.tables.length - problems)}
          note={
            problems > 0
              ? `${problems} cannot be restored`
              : `${plural(fragments.length, 'fragment')} on ${plural(nodes.size, 'node')}`
          }
          tone={problems > 0 ? 'bad' : undefined}
        />
        <Stat caption="Rows" value={formatCount(sum(({ rows }) => rows))} />
        <Stat
          caption="Read"
          value={formatBytes(sum(({ storedBytes, log }) => storedBytes + (log?.bytes ?? 0)))}
          note={
            plan.log === null
              ? 'stored, from the destination'
              : `of it ${formatBytes(sum(({ log }) => log?.bytes ?? 0))} of log`
          }
        />
        <Stat caption="Loaded" value={formatBytes(sum(({ rawBytes }) => rawBytes))} note="raw, without indexes" />
        <Stat
          caption="Takes"
          value={plan.estimate === null ? 'not known' : formatEstimate(plan.estimate.lowMs, plan.estimate.highMs)}
          note={
            plan.estimate === null
              ? 'no restore to learn from yet'
              : plan.estimate.restores === 1
                ? 'from the one restore so far'
                : `range from the last ${plural(plan.estimate.restores, 'restore')}`
          }
        />
      </StatRow>
    </Card>
  );
}

/** What is not in the table afterwards, said before the button; the same thing of many tables once. */
export function WillNotComeBack({ plan }: { plan: Plan }) {
  const lost = lostThings(plan.tables);
  const short = shortNames(plan.tables.map(({ source }) => source));
  return (
    <Card aria-label="Will not come back">
      <CardHeader title="Will not come back">
        {lost.length === 0 ? null : (
          <span className="mr-auto">
            <Count state="warn">{lost.length}</Count>
          </span>
        )}
      </CardHeader>
      {lost.length === 0 ? (
        <p className="px-3 py-2.5 text-ink-2">Nothing is known to be left out.</p>
      ) : (
        <ul
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          aria-label="What will not come back"
          className="max-h-80 overflow-y-auto -outline-offset-2"
        >
          {lost.map(({ what, tables }) => (
            <li key={what} className="border-b border-line px-3 py-1.5 last:border-b-0">
              <p className="break-words">{sentence(what)}</p>
              {plan.tables.length === 1 ? null : (
                <p className="truncate text-12 text-ink-3" title={tables.join('\n')}>
                  {tables.length > 3
                    ? `${plural(tables.length, 'table')}: ${tables
                        .slice(0, 3)
                        .map((name) => short.get(name))
                        .join(', ')}, …`
                    : tables.map((name) => short.get(name)).join(', ')}
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

const checkWords = { ok: 'Good', warn: 'Look', bad: 'Bad' };
const badness = { bad: 0, warn: 1, ok: 2 };

export function PlanChecks({ plan }: { plan: Plan }) {
  const checks = [...plan.checks].sort((a, b) => badness[a.state] - badness[b.state]);
  return (
    <Card aria-label="Checks">
      <CardHeader title="Checks" note={plural(checks.length, 'check')} />
      <ul
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Checks, worst first"
        className="max-h-80 overflow-y-auto text-12 -outline-offset-2"
      >
        {checks.map((check) => (
          <li
            key={check.id}
            className="grid grid-cols-[64px_minmax(0,1fr)] gap-2 border-b border-line px-3 py-[5px] last:border-b-0"
          >
            <span className="pt-px">
              <Tag state={check.state}>{checkWords[check.state]}</Tag>
            </span>
            <div className="min-w-0">
              <p className="break-words">
                <b className="font-medium">{check.label}</b> <span className="text-ink-2">{check.detail}</span>
              </p>
              {check.state === 'ok' || check.fix === '' ? null : <p className="break-words">{check.fix}</p>}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function PlanSteps({ plan }: { plan: Plan }) {
  return (
    <Card aria-label="Steps">
      <CardHeader title="Steps" note="what the executor does, in this order" />
      <ol className="px-3 py-1.5">
        {plan.steps.map((step, index) => (
          <li key={step.title} className="grid grid-cols-[18px_minmax(0,1fr)] gap-2 py-1">
            <span aria-hidden="true" className="text-right text-12 text-ink-3 tabular-nums">
              {index + 1}
            </span>
            <p className="min-w-0 break-words">
              <b className="font-medium">{step.title}.</b> <span className="text-ink-2">{step.detail}</span>
            </p>
          </li>
        ))}
      </ol>
    </Card>
  );
}
