import { shortNames } from '#components/format/table-names.ts';
import type { JobTable } from '#components/trpc/outputs.ts';
import type { PhaseProgress, WorkState } from '#server/contract/progress.ts';

/** A line of the phases: a table, or under it one of its fragments. */
export interface PhaseRow {
  key: string;
  name: string;
  /** Where a fragment lies; of a table with one fragment too. */
  node: string | null;
  isFragment: boolean;
  fragments: number;
  open: boolean;
  rows: number | bigint;
  state: WorkState;
  phases: Record<
    string,
    Pick<PhaseProgress, 'state' | 'rowsDone' | 'rowsTotal' | 'bytesDone' | 'bytesTotal' | 'logTime'> | undefined
  >;
}

/** Tables in the order of the work, each opened one followed by its fragments in the order of their names. */
export function phaseRows(tables: readonly JobTable[], opened: (table: string) => boolean): PhaseRow[] {
  const short = shortNames(tables.map(({ table }) => table));
  return tables.flatMap((table) => {
    const fragments = fragmentNames(table);
    const open = fragments.length > 1 && opened(table.table);
    const own: PhaseRow = {
      key: table.table,
      name: short.get(table.table)!,
      node: fragments.length === 1 ? nodeOf(fragments[0]!) : null,
      isFragment: false,
      fragments: fragments.length,
      open,
      rows: table.outcome?.rows ?? table.rows,
      state: table.state,
      phases: table.phases,
    };
    return open ? [own, ...fragments.map((fragment) => fragmentRow(table, fragment))] : [own];
  });
}

function fragmentRow(table: JobTable, fragment: string): PhaseRow {
  const phases = Object.fromEntries(
    Object.entries(table.phases).map(([phase, progress]) => [phase, progress.fragments[fragment]]),
  );
  return {
    key: `${table.table} ${fragment}`,
    name: fragment.slice(fragment.lastIndexOf('/') + 1),
    node: nodeOf(fragment),
    isFragment: true,
    fragments: 0,
    open: false,
    rows: phases.rows?.rowsDone ?? 0,
    state: table.state,
    phases,
  };
}

function fragmentNames(table: JobTable): string[] {
  const names = new Set(Object.values(table.phases).flatMap(({ fragments }) => Object.keys(fragments)));
  return [...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Of `node/database/table`. */
const nodeOf = (fragment: string): string => fragment.split('/', 1)[0]!;
