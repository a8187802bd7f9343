import { TidemarkError } from '#server/base/error.ts';
import type { NodeLog } from './log-cut.ts';
import { type ScannedGroup, scanGroups } from './scan-groups.ts';

/** A group that a restore point names, on its node, or what a global transaction did there. */
export interface FoundGroup {
  readonly node: string;
  readonly group: ScannedGroup;
}

/**
 * The group of a GTID, read from those segments alone that can hold it. Errors: `not-found` where none does;
 * `input/invalid` where several nodes have one of this name; those of scanGroups.
 */
export async function findGtid(
  logs: readonly NodeLog[],
  { node, gtid }: { readonly node: string | null; readonly gtid: string },
  options: { signal?: AbortSignal } = {},
): Promise<FoundGroup> {
  const found: FoundGroup[] = [];
  for (const one of logs) {
    if (node !== null && node !== one.node) continue;
    const group = await groupOf(one, gtid, options);
    if (group) found.push({ node: one.node, group });
  }
  if (found.length === 1) return found[0]!;
  const name = node === null ? gtid : `${node}:${gtid}`;
  if (found.length === 0) throw notFound(name);
  const nodes = found.map((one) => one.node);
  throw new TidemarkError('input/invalid', `transaction ${gtid} is in the logs of ${nodes.join(' and ')}`, {
    hint: `Say which node is meant: ${nodes.map((one) => `${one}:${gtid}`).join(' or ')}.`,
  });
}

async function groupOf(log: NodeLog, gtid: string, options: { signal?: AbortSignal }): Promise<ScannedGroup | null> {
  for (const [index, object] of log.log.entries()) {
    if (!mayHold(object.index.summary, gtid)) continue;
    // It may end in a later segment.
    for await (const groups of scanGroups(log.log.slice(index), options)) {
      const group = groups.find((one) => one.gtid === gtid);
      if (group) return group;
    }
  }
  return null;
}

/** Whether the sequence of a GTID lies between those that a segment begins and ends with. */
function mayHold({ begin, end }: NodeLog['log'][number]['index']['summary'], gtid: string): boolean {
  const [domain, server, sequence] = gtid.split('-') as [string, string, string];
  const of = (gtids: readonly string[]) => {
    const found = gtids.find((one) => one.startsWith(`${domain}-${server}-`));
    return found === undefined ? -1n : BigInt(found.split('-')[2]!);
  };
  return of(begin.gtids) < BigInt(sequence) && BigInt(sequence) <= of(end.gtids);
}

/**
 * Where a global transaction was committed, by time, over all nodes. Empty: nowhere in these logs. Errors: `not-found`
 * where no log knows it; those of scanGroups.
 */
export async function findCommits(
  logs: readonly NodeLog[],
  gtrid: string,
  options: { signal?: AbortSignal } = {},
): Promise<FoundGroup[]> {
  const commits: FoundGroup[] = [];
  let known = false;
  for (const { node, log } of logs) {
    for await (const groups of scanGroups(log, options)) {
      for (const group of groups) {
        if (group.xid?.gtrid !== gtrid) continue;
        known = true;
        if (group.effect === 'xa commit') commits.push({ node, group });
      }
    }
  }
  if (!known) throw notFound(`xa:${Buffer.from(gtrid, 'hex')}`);
  return commits.sort((a, b) => a.group.atMs - b.group.atMs);
}

const notFound = (name: string) =>
  new TidemarkError('not-found', `transaction ${name} is in none of the archived logs`, {
    hint: 'List the transactions of a table with `tidemark changes CLUSTER --table T --transactions`.',
  });
