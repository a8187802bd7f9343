import type { z } from 'zod';
import { formatSize } from '#server/base/units.ts';
import type { loadManner, PlanLog, PlanTable, RestorePlan } from '#server/contract/restore.ts';

/** The steps of the restore in words, in their order: what `restore` does, as a person can follow it. */
export function stepsInWords(
  tables: readonly PlanTable[],
  plan: Pick<
    RestorePlan,
    'backup' | 'log' | 'parallel' | 'foreignKeys' | 'triggers' | 'targetClusterName' | keyof z.infer<typeof loadManner>
  >,
  hasComputingNode: boolean,
): RestorePlan['steps'] {
  const good = tables.filter((table) => table.problem === null);
  const fragments = good.flatMap((table) => table.fragments);
  const nodes = [...new Set(fragments.map((fragment) => fragment.target.node))].sort();
  const rows = good.reduce((sum, table) => sum + table.rows, 0);
  const inPlace = good.filter((table) => table.mode === 'in-place');
  const beside = good.filter((table) => table.mode === 'beside');
  const steps = [
    {
      title: 'Look again',
      detail: 'What the plan found is checked once more; if it has changed, nothing is begun.',
    },
    {
      title: 'Stage',
      detail: `${count(fragments.length, 'table')} made in scratch databases on ${nodes.join(', ')}, with the recorded definition.`,
    },
    ...(plan.log ? [logInWords(good, plan.log)] : []),
    {
      title: 'Load rows',
      detail: `${count(rows, 'row')} from backup ${plan.backup.id}${plan.log ? ', each as the log left it' : ''}, over ${count(plan.parallel, 'connection')} a node${mannerInWords(plan)}.`,
    },
    ...good.flatMap(crossingInWords),
    {
      title: 'Build indexes',
      detail: `One ALTER a table${plan.foreignKeys ? ', then foreign keys under new names' : ''}.`,
    },
    {
      title: 'Compare',
      detail: `Every staged table is read again; row count and digest must equal what ${plan.log ? 'backup and log give' : 'the backup recorded'}.`,
    },
  ];
  if (beside.length > 0) {
    const last = hasComputingNode ? '; then the computing node gets the table in one transaction' : '';
    steps.push({
      title: 'Publish',
      detail: `${count(beside.length, 'new table')} on ${plan.targetClusterName}: renamed into place${last}${plan.triggers ? '; then triggers' : ''}.`,
    });
  }
  if (inPlace.length > 0) {
    steps.push({
      title: 'Swap',
      detail: `${count(inPlace.length, 'live table')} renamed to a kept name and the restored one into its place, in one statement a node.`,
    });
  }
  return [...steps, { title: 'Clean up', detail: 'Scratch databases are dropped.' }];
}

function logInWords(tables: readonly PlanTable[], { at }: PlanLog): RestorePlan['steps'][number] {
  const sum = (of: 'bytes' | 'changes') => tables.reduce((all, { log }) => all + (log?.[of] ?? 0), 0);
  const [only, ...others] = tables;
  // A segment that holds changes of two tables is counted by each of them.
  const from = only?.log && others.length === 0 ? `${count(only.log.segments, 'segment')} of the log` : 'The log';
  const detail = `${from} archive, ${formatSize(sum('bytes'))} and at most ${count(sum('changes'), 'changed row')}, up to ${at}.`;
  return { title: 'Read the log', detail };
}

/** Beyond so many the first and the last are enough to see what it is about. */
const mostTold = 6;

function crossingInWords({ source, log }: PlanTable): RestorePlan['steps'] {
  const crossed = log?.crossed ?? [];
  if (crossed.length === 0) return [];
  const told = crossed.length <= mostTold ? crossed : [...crossed.slice(0, mostTold - 1), crossed.at(-1)!];
  const left = crossed.length - told.length;
  const detail = `${source} is staged as it was first and carried across ${told.join(', ')}${left > 0 ? `, and ${left} more between them` : ''}; after each, the log is laid over its rows.`;
  return [{ title: 'Carry across', detail }];
}

function mannerInWords({ maxBytesPerSecond, maxReplicaLagSeconds, logBin }: z.infer<typeof loadManner>): string {
  const words = [
    maxBytesPerSecond === null ? '' : `at most ${formatSize(maxBytesPerSecond)} a second`,
    maxReplicaLagSeconds === null ? '' : `waiting while a replica is more than ${maxReplicaLagSeconds} s behind`,
    logBin ? '' : 'not written to the binlog: replicas and later archives do not get them',
  ];
  return words
    .filter(Boolean)
    .map((word) => `; ${word}`)
    .join('');
}

const count = (n: number, what: string) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
