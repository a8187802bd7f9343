import type { TidemarkError } from '#server/base/error.ts';
import { formatTableName, type TableName } from '#server/contract/table-name.ts';
import type { FragmentToDump } from '#server/engine/mysql/fragment-take.ts';
import type { KnownTable } from '#server/engine/mysql/known-table.ts';
import type { LocatedTable } from '#server/engine/topology/locate.ts';
import type { ComputingDefinition } from '#server/manifest/schema.ts';

/** A table on its way into a backup. `error` set: it has failed, alone, and is not worked on any more. */
export interface TableWork {
  readonly name: TableName;
  readonly label: string;
  readonly fragments: readonly FragmentWork[];
  computing: ComputingDefinition | null;
  /** What was seen and will not be in the backup, in sentences. */
  readonly left: string[];
  error: TidemarkError | null;
}

export interface FragmentWork extends FragmentToDump {
  readonly index: number;
  readonly partition: string | null;
  /** The table it is a piece of, as people write it. */
  readonly label: string;
  createTable: string | undefined;
  known: KnownTable | undefined;
  /** The server's estimates from before the first row; undefined where it has none. */
  expected: { rows: number; bytes: number } | undefined;
}

export function tableWork({ name, fragments }: LocatedTable): TableWork {
  const label = formatTableName(name);
  return {
    name,
    label,
    fragments: fragments.map((place, index) => ({
      ...place,
      index,
      label,
      createTable: undefined,
      known: undefined,
      expected: undefined,
    })),
    computing: null,
    left: [],
    error: null,
  };
}

/** As progress names it. */
export const fragmentLabel = ({ node, database, table }: FragmentToDump) => `${node}/${database}/${table}`;
