import { TidemarkError } from '#server/base/error.ts';
import { findDoubts, findMissing, isDoubtful, silentNodes } from './cut-doubts.ts';
import { CutReading, type PreparedAtBase } from './cut-reading.ts';
import { type CutStop, cutStops } from './cut-stops.ts';
import type { CutOptions, CutPoint, LogCut, NodeLog } from './log-cut.ts';
import { nodeCut } from './node-cut.ts';
import { preparedBefore } from './prepared-before.ts';
import { resolutionOf } from './resolution.ts';
import { settleBorders } from './settle-borders.ts';

const usualDoubtMs = 5_000;

/**
 * Which groups of the logs of all storage nodes of a cluster a point takes in, so that no global transaction is half in:
 * one is in when any node committed it by the point, wherever its other parts lie. `logs` are all storage nodes: also those
 * without rows of the table decide, and one whose log is not there makes what it could decide doubtful. Only header
 * streams are read: from the backup's position, or from where the oldest transaction was prepared that was undecided
 * there, to a few seconds behind the point, and on to where each transaction that is in was completed. Of the groups
 * that are in, those of a node apply in the order of its log, also those committed late: from its prepare to its end a
 * transaction holds the locks of all it changed. Errors: `restore/not-archived-yet` where a node with rows is not
 * archived up to the point; `restore/before-earliest` where the backup holds what is to be left out; `not-found`,
 * `input/invalid` for its transaction; `restore/log-mismatch` where logs contradict each other; those of reading.
 */
export async function decideCut(logs: readonly NodeLog[], point: CutPoint, options: CutOptions): Promise<LogCut> {
  for (const stop of await cutStops(logs, point, options)) {
    const cut = await cutAt(logs, stop, options);
    if (cut) return cut;
  }
  throw new TidemarkError('restore/log-mismatch', 'the logs of the nodes contradict each other on what was before it', {
    hint: 'Choose an instant instead of a transaction.',
  });
}

async function cutAt(logs: readonly NodeLog[], stop: CutStop, options: CutOptions): Promise<LogCut | null> {
  for (const log of logs) refuseShort(log, stop);
  const reading = new CutReading({ doubtMs: usualDoubtMs, ...options });
  try {
    await beginReading(reading, logs, stop, options);
    await reading.toThePoint();
    const { transactions, scans, nodes } = reading;
    if (!settleBorders(transactions, scans, { ...stop, exact: stop.exact?.node ?? null })) return null;
    refuseHeld(reading, stop);
    const isSilent = silentNodes(logs, stop).length > 0;
    await reading.toTheEndOf((one) => one.isIn || (isSilent && isDoubtful(one, stop)));
    reading.decide();
    return {
      atMs: stop.atMs,
      nodes: new Map(nodes.map((node) => [node.log.node, nodeCut(node)])),
      inDoubt: findDoubts(transactions, logs, stop),
      missing: findMissing(transactions, logs),
      resolution: resolutionOf(nodes, stop),
    };
  } finally {
    await reading.close();
  }
}

async function beginReading(
  reading: CutReading,
  logs: readonly NodeLog[],
  { atMs, exact }: CutStop,
  options: CutOptions,
): Promise<void> {
  const prepared = await Promise.all(logs.map((log) => preparedAtBase(log, options)));
  const oldestMs = prepared.reduce(
    (oldest, groups) => Math.min(oldest, ...[...groups.values()].map((group) => group?.atMs ?? oldest)),
    options.sinceMs,
  );
  for (const [at, log] of logs.entries()) {
    const border = log.node === exact?.node ? exact.border : null;
    reading.begin(log, { prepared: prepared[at]!, stop: { atMs, border }, oldestMs });
  }
}

async function preparedAtBase({ log, bases, prepared }: NodeLog, options: CutOptions): Promise<PreparedAtBase> {
  const [base] = bases;
  if (!base || prepared.length === 0) return new Map();
  const found = await preparedBefore(log, base, prepared, options);
  return new Map(prepared.map((xid) => [xid, found.get(xid) ?? null]));
}

function refuseShort({ node, bases, untilMs, ends }: NodeLog, { atMs, exact }: CutStop): void {
  if (bases.length === 0 || exact?.node === node || (untilMs !== null && untilMs >= atMs)) return;
  const until = untilMs === null ? 'not archived' : `archived up to ${new Date(untilMs).toISOString()}`;
  throw new TidemarkError(
    'restore/not-archived-yet',
    `the log of node ${node} is ${until}, and the point is ${new Date(atMs).toISOString()}: ${ends}`,
    { context: { node, until: untilMs === null ? null : new Date(untilMs).toISOString() } },
  );
}

/** What the rows of the backup hold cannot be left out. */
function refuseHeld({ transactions }: CutReading, { out }: CutStop): void {
  for (const { gtrid, commits } of transactions.all()) {
    const held = gtrid === out ? commits.find(({ scan, group }) => scan.holds(group)) : undefined;
    if (!held) continue;
    const { node } = held.scan;
    throw new TidemarkError('restore/before-earliest', `the backup of node ${node} holds the transaction already`, {
      context: { node, transaction: held.group.gtid },
    });
  }
}
