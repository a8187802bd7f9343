import type { CoverageView } from '#server/contract/coverage.ts';
import { type CoverageFacts, provenRuns, tableCoverage } from './coverage.ts';
import type { LogRun } from './log-runs.ts';

/** The coverage of a table, with the backups and the archived logs that it follows from. */
export function coverageView(facts: CoverageFacts, problems: readonly string[] = []): CoverageView {
  const { backups } = facts;
  const nodes = new Set(backups.flatMap(({ fragments }) => fragments.map(({ node }) => node)));
  const runs = provenRuns(facts);
  return {
    ...tableCoverage(facts, runs),
    backups: [...backups]
      .sort((a, b) => a.cutMs - b.cutMs)
      .map(({ id, cutMs }) => ({ id, at: new Date(cutMs).toISOString() })),
    logs: [...nodes].sort().map((node) => ({ node, spans: runs.filter((run) => run.node === node).map(spanOf) })),
    problems: [...problems],
  };
}

function spanOf({ parts, edgeMs, ends }: LogRun): CoverageView['logs'][number]['spans'][number] {
  const beginsMs = parts.find(({ firstMs }) => firstMs !== null)?.firstMs ?? edgeMs;
  // By the server's clock a group may be later than what our own says of the end.
  const from = new Date(Math.min(beginsMs, edgeMs)).toISOString();
  return { from, to: new Date(edgeMs).toISOString(), ends };
}
