'use client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Column } from '#components/data-table/column.ts';
import { DataTable } from '#components/data-table/data-table.tsx';
import type { Selection } from '#components/data-table/selection.ts';
import { formatBytes } from '#components/format/bytes.ts';
import { formatCount } from '#components/format/number.ts';
import { failureOrNull } from '#components/trpc/failure.ts';
import type { Outputs } from '#components/trpc/outputs.ts';
import { useTRPC } from '#components/trpc/trpc.ts';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { schemaName } from './scope-fields.ts';

type Schema = Outputs['table']['schemas'][number];

const rowKey = (schema: Schema) => schemaName(schema);

/** Chooses schemas, or databases where there are none: tables made there later come along too. */
export function SchemaPicker({
  clusterId,
  hasSchemas,
  selected,
  onChange,
}: {
  clusterId: string;
  hasSchemas: boolean;
  selected: Selection;
  onChange: (selected: Selection) => void;
}) {
  const trpc = useTRPC();
  const { data, error, isPending } = useQuery(trpc.table.schemas.queryOptions({ clusterId }));
  const columns = useMemo<Column<Schema>[]>(
    () => [
      {
        key: 'name',
        header: hasSchemas ? 'Schema' : 'Database',
        cell: (schema) => schemaName(schema),
        width: 'minmax(0,3fr)',
      },
      {
        key: 'tables',
        header: 'Tables',
        num: true,
        cell: ({ tables }) => formatCount(tables),
        sortBy: ({ tables }) => tables,
      },
      {
        key: 'bytes',
        header: 'Size',
        num: true,
        cell: ({ bytes }) => formatBytes(bytes),
        sortBy: ({ bytes }) => bytes,
      },
    ],
    [hasSchemas],
  );
  return (
    <div className="overflow-hidden rounded-2 border border-line">
      <DataTable
        label={hasSchemas ? 'Schemas to choose from' : 'Databases to choose from'}
        columns={columns}
        rows={data ?? []}
        rowKey={rowKey}
        maxHeight="320px"
        loading={isPending}
        failure={data === undefined ? failureOrNull(error) : null}
        selection={{ selected, onChange, name: rowKey }}
        empty={<EmptyState title="No table has been seen on this cluster" />}
      />
    </div>
  );
}
