'use client';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCompact, plural } from '#components/format/number.ts';
import type { ClusterTable } from '#components/trpc/outputs.ts';
import { Card, CardHeader } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';

type Fragment = ClusterTable['fragments'][number];

const columns: Column<Fragment>[] = [
  { key: 'node', header: 'Node', cell: ({ node }) => node, sortBy: ({ node }) => node, width: 'minmax(0,1fr)' },
  {
    key: 'table',
    header: 'Table there',
    cell: ({ database, table }) => <code title={`${database}.${table}`}>{`${database}.${table}`}</code>,
    width: 'minmax(0,1.8fr)',
  },
  {
    key: 'partition',
    header: 'Partition',
    cell: ({ partition }) => partition ?? <span className="text-ink-3">–</span>,
    width: 'minmax(0,1fr)',
    hideBelow: 'middle',
  },
  { key: 'engine', header: 'Engine', cell: ({ engine }) => engine ?? '–', width: '92px', hideBelow: 'middle' },
  {
    key: 'rows',
    header: 'Rows, about',
    num: true,
    cell: ({ estimatedRows }) => formatCompact(estimatedRows),
    sortBy: ({ estimatedRows }) => estimatedRows,
    width: '92px',
  },
  {
    key: 'bytes',
    header: 'Size',
    num: true,
    cell: ({ bytes }) => formatBytes(bytes),
    sortBy: ({ bytes }) => bytes,
    width: '92px',
  },
];

const rowKey = ({ node, database, table }: Fragment) => JSON.stringify([node, database, table]);

/** The physical pieces of a table, by node, as the cluster was last looked at. */
export function FragmentsCard({ table }: { table: Pick<ClusterTable, 'name' | 'fragments'> }) {
  const { fragments } = table;
  return (
    <Card aria-label="Fragments">
      <CardHeader title="Fragments" note={fragments.length > 0 ? plural(fragments.length, 'fragment') : undefined} />
      <DataTable
        label={`Fragments of ${table.name}`}
        columns={columns}
        rows={fragments}
        rowKey={rowKey}
        empty={<EmptyState title="It has no rows of its own on any node" />}
      />
    </Card>
  );
}
