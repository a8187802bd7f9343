import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import type { ChangeFold } from '#server/engine/mysql/merge/change-fold.ts';
import type { Carried } from '#server/engine/mysql/table-history/carry-across.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { readTableLog } from '#server/engine/mysql/table-log/read-table-log.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import type { RestoreContext } from './context.ts';
import { LoggedSequences } from './logged-sequences.ts';
import type { PointCut } from './point-cut.ts';
import { inSpan, type PointHistory } from './point-history.ts';

/** Adds the row events of a span, which the log has under the name of that time. Errors: those of readTableLog. */
export async function readSpan(
  { attempt, point }: RestoreContext,
  { fragment, known }: { readonly fragment: FragmentFile; readonly known: PointHistory },
  n: number,
  fold: ChangeFold,
): Promise<void> {
  const { stop: signal } = attempt.cancellation;
  const { base, begin, end, includes, log } = nodeLog(point!.cut, fragment);
  const sequenceOf = (k: number) => {
    const crossing = known.history.spans[k]?.crossing;
    return crossing ? known.spotOf(crossing.statement).sequence : null;
  };
  const rows = readTableLog({
    log: segments(log, sequenceOf(n) ?? begin.sequence, sequenceOf(n + 1) ?? end.sequence),
    ...{ tables: [known.history.spans[n]!.name], signal },
    includes: (group) => includes(group, base) && inSpan(known, n, group),
  });
  for await (const one of rows) {
    fold.add(one);
    if (fold.full) await fold.spill();
  }
}

/**
 * Sequences that the table draws from at the point go on where they were then. Errors: those of readTableLog and of the
 * node.
 */
export async function raiseSequences(
  { attempt, point }: RestoreContext,
  session: MysqlConnection,
  fragment: FragmentFile,
  { definition }: Carried,
): Promise<void> {
  if (!definition.sequences) return;
  const sequences = new LoggedSequences(definition.sequences);
  const { base, begin, end, includes, log } = nodeLog(point!.cut, fragment);
  const rows = readTableLog({
    log: segments(log, begin.sequence, end.sequence),
    tables: sequences.tables,
    includes: (group) => includes(group, base),
    signal: attempt.cancellation.stop,
  });
  for await (const one of rows) sequences.take(one);
  await sequences.raise(session);
}

/** The log of the fragment's node, and how much of it is in at the point. */
function nodeLog({ cut, logs }: PointCut, fragment: FragmentFile) {
  const { begin, end, includes } = cut.nodes.get(fragment.node)!;
  const { log } = logs.logs.find(({ node }) => node === fragment.node)!;
  return { base: logs.spotOf(fragment)!, begin: begin!, end, includes, log };
}

const segments = (log: readonly LogObject[], first: number, last: number) =>
  log.filter(({ index: { summary } }) => summary.sequence >= first && summary.sequence <= last);
