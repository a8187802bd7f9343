import { formatDuration } from '#components/format/duration.ts';
import { formatCount, plural } from '#components/format/number.ts';
import type { TableChanges } from '#server/contract/changes.ts';
import { instantCell, textFields, textTable } from '../text-table.ts';

/** Characters of the longest bar. */
const longestBar = 30;

/** The histogram, or the transactions; above it what all of the span has. */
export function changesText(cluster: string, changes: TableChanges, transactions: boolean): string {
  const { table, from, to, totals, nodes } = changes;
  const rows = `${formatCount(totals.inserts)} inserts, ${formatCount(totals.updates)} updates, ${formatCount(totals.deletes)} deletes`;
  const head = textFields([
    ['table', `${table} of ${cluster}`],
    ['span', `${instantCell(from)} to ${instantCell(to)}, times in UTC`],
    ['rows', `${rows} in ${plural(totals.transactions, 'transaction')}`],
    ['statements', formatCount(totals.statements)],
    ['archived until', nodes.map(({ node, until }) => `${node} ${instantCell(until) ?? 'never'}`).join(', ')],
  ]);
  return `${head}\n${transactions ? transactionTable(changes) : histogram(changes)}`;
}

function histogram({ buckets, bucketMs }: TableChanges): string {
  const rowsOf = ({ inserts, updates, deletes }: (typeof buckets)[number]) => inserts + updates + deletes;
  const most = Math.max(1, ...buckets.map(rowsOf));
  return textTable(
    [`per ${formatDuration(bucketMs)}`, '>inserts', '>updates', '>deletes', '>transactions', '>statements', 'rows'],
    buckets.map((bucket) => [
      instantCell(bucket.at),
      ...[bucket.inserts, bucket.updates, bucket.deletes, bucket.transactions, bucket.statements].map(formatCount),
      '#'.repeat(Math.ceil((rowsOf(bucket) / most) * longestBar)),
    ]),
    'no change in this span',
  );
}

function transactionTable({ transactions, listedAbove, next }: TableChanges): string {
  const table = textTable(
    ['time', 'transaction', '>inserts', '>updates', '>deletes', 'statement'],
    transactions.map(({ at, node, id, inserts, updates, deletes, statement }) => [
      ...[instantCell(at), id ?? `${node}, without an id`, formatCount(inserts), formatCount(updates)],
      ...[formatCount(deletes), statement],
    ]),
    'no transaction in this span',
  );
  const notes = [
    ...(next === null ? [] : ['there are more: give a larger --limit, or a shorter span']),
    ...(listedAbove > 0
      ? [`of transactions of ${plural(listedAbove, 'row')} and fewer only the largest are listed`]
      : []),
  ];
  return [table, ...notes].join('\n');
}
