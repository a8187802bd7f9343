import {
  type ChangeBucket,
  type ChangeCounts,
  type LoggedTransaction,
  mostBuckets,
  type TableChanges,
  type UnknownSpan,
} from '#server/contract/changes.ts';
import { addGroup, type LoggedGroup, type PartChanges } from './part-changes.ts';
import { type Order, pageOf } from './transaction-page.ts';

const minuteMs = 60_000;
const day = 1_440;
const bucketMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, day] as const;

/** What was found of a table's changes on its nodes. */
export interface FoundChanges {
  readonly nodes: TableChanges['nodes'];
  readonly unknown: readonly UnknownSpan[];
  readonly parts: readonly (PartChanges & { readonly node: string })[];
}

export interface ChangesQuestion {
  readonly table: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly order: Order;
  readonly limit: number;
  readonly after: string | null;
}

/** Errors: `input/invalid` where `after` is no `next` of ours. */
export function tableChanges(found: FoundChanges, question: ChangesQuestion): TableChanges {
  const first = Math.floor(question.fromMs / minuteMs);
  const last = Math.floor(question.toMs / minuteMs);
  const within = (minute: number) => minute >= first && minute <= last;
  const step = stepOf(last - first + 1);
  const buckets = new Map<number, ChangeBucket>();
  const bucketAt = (minute: number) => {
    const begins = minute - (minute % step);
    const known = buckets.get(begins) ?? { at: instant(begins * minuteMs), ...nothing() };
    buckets.set(begins, known);
    return known;
  };
  const byNode = new Map<string, Map<string, LoggedGroup>>();
  let listedAbove = 0;
  for (const part of found.parts) {
    const counted = part.minutes.filter(([minute]) => within(minute));
    for (const [minute, ...counts] of counted) count(bucketAt(minute), counts);
    for (const minute of part.statementMinutes) if (within(minute)) bucketAt(minute).statements++;
    const groups = byNode.get(part.node) ?? new Map();
    byNode.set(part.node, groups);
    for (const group of part.groups) if (within(Math.floor(group.time / 60))) addGroup(groups, group);
    if (counted.length > 0) listedAbove = Math.max(listedAbove, part.listedAbove);
  }
  const ascending = [...buckets.entries()].sort(([a], [b]) => a - b).map(([, bucket]) => bucket);
  const transactions = [...byNode].flatMap(([node, groups]) => [...groups.values()].map((one) => named(node, one)));
  const page = pageOf(transactions, question);
  return {
    table: question.table,
    ...{ from: instant(first * minuteMs), to: instant((last + 1) * minuteMs), bucketMs: step * minuteMs },
    ...{ buckets: ascending, totals: totalOf(ascending) },
    ...{ nodes: found.nodes, unknown: [...found.unknown] },
    ...{ transactions: page.items, next: page.next, listedAbove },
  };
}

function stepOf(minutes: number): number {
  // A span that begins and ends within a bucket touches one more.
  const fits = bucketMinutes.find((step) => minutes / step + 1 <= mostBuckets);
  return fits ?? day * Math.ceil(minutes / day / (mostBuckets - 1));
}

const instant = (ms: number) => new Date(ms).toISOString();
const nothing = (): ChangeCounts => ({ inserts: 0, updates: 0, deletes: 0, transactions: 0, statements: 0 });

function count(to: ChangeCounts, [inserts, updates, deletes, transactions]: [number, number, number, number]): void {
  to.inserts += inserts;
  to.updates += updates;
  to.deletes += deletes;
  to.transactions += transactions;
}

function totalOf(buckets: readonly ChangeBucket[]): ChangeCounts {
  const total = nothing();
  for (const { inserts, updates, deletes, transactions, statements } of buckets) {
    count(total, [inserts, updates, deletes, transactions]);
    total.statements += statements;
  }
  return total;
}

function named(node: string, { gtid, time, ...group }: LoggedGroup): LoggedTransaction {
  const ids = gtid === '' ? { gtid: null, id: null } : { gtid, id: `${node}:${gtid}` };
  return { node, ...ids, at: instant(time * 1000), ...group };
}
