'use client';
import { useMemo, useState } from 'react';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount, plural } from '#components/format/number.ts';
import type { Plan } from '#components/trpc/outputs.ts';
import { Button } from '#components/ui/button.tsx';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { sentence } from '#components/ui/error-panel.tsx';
import { Select } from '#components/ui/select.tsx';
import { Tag } from '#components/ui/tag.tsx';
import type { RestoreChoice } from './restore-choice.ts';
import type { StepProps } from './step-props.ts';

type PlanTable = Plan['tables'][number];

/** Each table with its target and, opened, the node every fragment goes to; another node makes a new plan. */
export function PlanTables({
  plan,
  choice,
  change,
}: {
  plan: Plan;
  choice: RestoreChoice;
  change: StepProps['change'];
}) {
  const [open, setOpen] = useState<ReadonlySet<string>>(
    () => new Set(plan.tables.length === 1 ? [plan.tables[0]!.source] : []),
  );
  const tables = useMemo(
    () => [...plan.tables].sort((a, b) => Number(b.problem !== null) - Number(a.problem !== null)),
    [plan.tables],
  );
  const all = open.size === plan.tables.length;
  return (
    <Card aria-label="Tables">
      <CardHeader title="Tables" note={plural(plan.tables.length, 'table')}>
        <Button
          size="small"
          variant="quiet"
          onClick={() => setOpen(new Set(all ? [] : plan.tables.map(({ source }) => source)))}
        >
          {all ? 'Collapse fragments' : 'Expand fragments'}
        </Button>
      </CardHeader>
      <ul>
        {tables.map((table) => (
          <li key={table.source} className="border-b border-line px-3 py-1.5 last:border-b-0">
            <div className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5">
              <p className="min-w-0 flex-1 basis-72 break-words">
                <b className="font-medium">{table.source}</b>
                {table.target === table.source ? null : (
                  <>
                    {' → '}
                    <code>{table.target}</code>
                  </>
                )}
                {table.keptAs === null ? null : (
                  <span className="text-12 text-ink-2">
                    {' '}
                    the live one is kept as <code>{table.keptAs}</code>
                  </span>
                )}
              </p>
              {table.problem ? <Tag state="bad">Cannot be restored</Tag> : null}
              <span className="text-12 text-ink-2 tabular-nums">
                {formatCount(table.rows)} rows, {formatBytes(table.rawBytes)},{' '}
                {plural(table.fragments.length, 'fragment')}
              </span>
            </div>
            {table.problem ? (
              <p className="mt-0.5 text-12 break-words text-ink-2">
                {sentence(table.problem.message)} {table.problem.hint} <code>{table.problem.code}</code>
              </p>
            ) : null}
            {open.has(table.source) ? <Fragments table={table} plan={plan} choice={choice} change={change} /> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Fragments({
  table,
  plan,
  choice,
  change,
}: {
  table: PlanTable;
  plan: Plan;
  choice: RestoreChoice;
  change: StepProps['change'];
}) {
  const movable = table.mode === 'beside' && plan.nodes.length > 1;
  const move = (leaf: string, node: string) => {
    const own = { ...choice.placement[table.source], [leaf]: node };
    change({ placement: { ...choice.placement, [table.source]: own } }, { replace: true });
  };
  return (
    <table className="mt-1 mb-1.5 w-full text-12">
      <thead className="text-left text-11 text-ink-3">
        <tr>
          <th className="py-0.5 font-medium">Fragment</th>
          <th className="py-0.5 font-medium max-sm:hidden">From</th>
          <th className="py-0.5 font-medium">To node</th>
          <th className="py-0.5 text-right font-medium">Rows</th>
          <th className="py-0.5 text-right font-medium max-sm:hidden">Size</th>
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {table.fragments.map(({ index, source, target, rows, rawBytes }) => {
          const leaf = source.partition ?? source.table;
          return (
            <tr key={index} className="text-ink-2">
              <td
                className="max-w-0 truncate py-0.5 pr-3 max-sm:whitespace-normal max-sm:wrap-anywhere"
                title={`${target.database}.${target.table}`}
              >
                {leaf}
              </td>
              <td className="py-0.5 pr-3 max-sm:hidden">{source.node}</td>
              <td className="py-0.5 pr-3">
                {movable ? (
                  <Select
                    aria-label={`Node for ${leaf} of ${table.source}`}
                    value={target.node}
                    onChange={(event) => move(leaf, event.target.value)}
                    className="w-40 max-sm:w-28 [&_select]:h-control-s [&_select]:text-12"
                  >
                    {plan.nodes.map(({ name, freeBytes }) => (
                      <option key={name} value={name}>
                        {name}
                        {freeBytes === null ? '' : `, ${formatBytes(freeBytes)} free`}
                      </option>
                    ))}
                  </Select>
                ) : (
                  target.node
                )}
              </td>
              <td className="py-0.5 text-right">{formatCount(rows)}</td>
              <td className="py-0.5 text-right max-sm:hidden">{formatBytes(rawBytes)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
