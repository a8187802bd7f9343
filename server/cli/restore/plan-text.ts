import { formatBytes } from '#components/format/bytes.ts';
import { formatEstimate } from '#components/format/duration.ts';
import { formatCount } from '#components/format/number.ts';
import { failureText } from '../output.ts';
import { textFields, textTable } from '../text-table.ts';
import type { RestorePlan } from './make-plan.ts';

/** A restore plan to be read before it runs: what, from where, steps, checks, and what will not come back. */
export function planText(plan: RestorePlan): string {
  const { backup, estimate, log } = plan;
  const parts = [
    textFields([
      ['backup', `${backup.id} on ${backup.destination}, as of ${backup.at}`],
      ...(log ? [['point', `${log.at}, ${log.nodes.map(stopText).join('; ')}`] as const] : []),
      ['one cut', backup.cutProven ? 'proven' : 'not proven'],
      ['into', plan.targetClusterName],
      ['time', estimate ? formatEstimate(estimate.lowMs, estimate.highMs) : 'no restore to estimate from yet'],
    ]),
    textTable(
      ['table', 'target', 'how', '>rows', '>size', 'kept as'],
      plan.tables.map((table) => [
        table.source,
        table.target,
        table.problem ? 'cannot' : table.mode,
        formatCount(table.rows),
        formatBytes(table.rawBytes),
        table.keptAs ?? ' ',
      ]),
    ),
    plan.steps.map(({ title, detail }, at) => `${at + 1}. ${title}${detail && `: ${detail}`}`).join('\n'),
    checkLines(plan),
    ...problemLines(plan),
  ];
  const missing = plan.tables.flatMap((table) => table.willNotComeBack.map((what) => `  ${table.source}: ${what}`));
  if (missing.length > 0) parts.push(['will not come back:', ...missing].join('\n'));
  return parts.filter((part) => part !== '').join('\n\n');
}

const stopText = ({ node, last }: NonNullable<RestorePlan['log']>['nodes'][number]) =>
  last ? `after ${last.transaction}` : `nothing of ${node} after the backup`;

export const checkLines = ({ checks }: RestorePlan): string =>
  checks
    .map(
      ({ state, label, detail, fix }) =>
        `${state.padEnd(4)} ${label}${detail && `: ${detail}`}${fix && `\n     ${fix}`}`,
    )
    .join('\n');

const problemLines = ({ tables }: RestorePlan): string[] =>
  tables.flatMap(({ source, problem }) =>
    problem ? [failureText({ ...problem, message: `${source}: ${problem.message}` })] : [],
  );
