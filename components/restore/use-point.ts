'use client';
import { useQuery } from '@tanstack/react-query';
import { useNow } from '#components/format/use-now.ts';
import type { Coverage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { judgeInstant, judgeLatest, judgeTransaction, type PointFacts, type PointVerdict } from './point-words.ts';
import type { RestoreChoice } from './restore-choice.ts';

/** The safe edge moves on by itself, and nobody tells of it. */
export const askEveryMs = 20_000;
/** While it lies before what somebody wants and has come, which it passes within seconds. */
const askSoonMs = 3_000;

/** The instants a table can be brought back to; an executor is asked. `wanted`: an instant somebody waits for. */
export function useCoverage(clusterId: string, table: string | undefined, wanted = '') {
  const trpc = useTRPC();
  return useQuery({
    ...trpc.table.coverage.queryOptions({ clusterId, table: table ?? '' }, { trpc: { context: { alone: true } } }),
    enabled: table !== undefined,
    refetchInterval: ({ state: { data } }) => (isAwaited(data, wanted) ? askSoonMs : askEveryMs),
    placeholderData: (before: Coverage | undefined) => before,
  });
}

function isAwaited(data: Coverage | undefined, wanted: string): boolean {
  const ms = Date.parse(wanted);
  return data !== undefined && ms <= Date.now() && ms > Date.parse(data.safeUntil ?? '1970-01-01T00:00:00Z');
}

/**
 * What the chosen point means for a table; null: none is chosen, or it is a backup's own end, which needs no log. `more`:
 * what is known besides, for the words.
 */
export function usePointVerdict(
  choice: RestoreChoice,
  { clusterId, table }: { clusterId: string; table: string | undefined },
  more: Partial<Pick<PointFacts, 'backups' | 'lastCommit'>> = {},
): PointVerdict | null {
  const byLog = choice.point !== '' && choice.point !== 'backup';
  const { data: coverage } = useCoverage(clusterId, byLog ? table : undefined, choice.at);
  const now = useNow();
  if (!byLog) return null;
  const facts: PointFacts = { coverage, backups: more.backups ?? [], lastCommit: more.lastCommit ?? null, now };
  if (choice.point === 'latest') return judgeLatest(facts);
  if (Number.isNaN(Date.parse(choice.at))) return null;
  return choice.point === 'instant' ? judgeInstant(choice.at, facts) : judgeTransaction(choice.at, facts);
}
