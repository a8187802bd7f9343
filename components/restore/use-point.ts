'use client';
import { useQuery } from '@tanstack/react-query';
import { useNow } from '#components/format/use-now.ts';
import type { Coverage } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { judgeInstant, judgeLatest, judgeTransaction, type PointFacts, type PointVerdict } from './point-words.ts';
import type { RestoreChoice } from './restore-choice.ts';

/** The safe edge moves on by itself, and nobody tells of it. */
export const askEveryMs = 20_000;

/** The instants a table can be brought back to; an executor is asked. */
export function useCoverage(clusterId: string, table: string | undefined) {
  const trpc = useTRPC();
  return useQuery({
    ...trpc.table.coverage.queryOptions({ clusterId, table: table ?? '' }, { trpc: { context: { alone: true } } }),
    enabled: table !== undefined,
    refetchInterval: askEveryMs,
    placeholderData: (before: Coverage | undefined) => before,
  });
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
  const { data: coverage } = useCoverage(clusterId, byLog ? table : undefined);
  const now = useNow();
  if (!byLog) return null;
  const facts: PointFacts = { coverage, backups: more.backups ?? [], lastCommit: more.lastCommit ?? null, now };
  if (choice.point === 'latest') return judgeLatest(facts);
  if (Number.isNaN(Date.parse(choice.at))) return null;
  return choice.point === 'instant' ? judgeInstant(choice.at, facts) : judgeTransaction(choice.at, facts);
}
