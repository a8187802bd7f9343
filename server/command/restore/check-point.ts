import type { PlanCheck, PlanLog } from '#server/contract/restore.ts';

/** How exactly a restore to a point stops there, and what it leaves out because nobody knows. */
export function checkPoint(log: PlanLog | null): PlanCheck[] {
  if (log === null) return [];
  const lasts = log.nodes.map(({ node, last }) =>
    last ? `the last transaction of ${node} that is in is ${last.transaction} of ${last.at}` : `none of ${node} is in`,
  );
  const off = log.resolutionMs > 0 ? `up to ${log.resolutionMs} ms before it may be missing: ` : '';
  const checks: PlanCheck[] = [
    {
      id: 'point/stop',
      label: `Stops at ${log.at}`,
      state: 'ok',
      detail: `${[...lasts, `${off}${log.resolution}`].join('; ')}`,
      fix: '',
    },
  ];
  for (const { transaction, node, reason } of log.inDoubt) {
    checks.push({
      id: `point/doubt/${node}/${transaction}`,
      label: `Transaction ${transaction} is left out`,
      state: 'warn',
      detail: `it was prepared on ${node}, and ${reason}`,
      fix: 'Archive the logs of all nodes of the cluster; choose a point after it was decided, or accept that it is missing.',
    });
  }
  return checks;
}
