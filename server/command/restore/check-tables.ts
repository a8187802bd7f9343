import type { PlanCheck, PlanTable } from '#server/contract/restore.ts';
import { someOf } from '#server/engine/checks/finding.ts';
import type { Manifest } from '#server/manifest/schema.ts';

/**
 * What the tables and the backup themselves say. One table's problem is `bad` only when no table is left that can be
 * restored: otherwise the others go on, and it fails alone. `apart` names tables with pieces that were taken after the cut.
 */
export function checkTables(
  tables: readonly PlanTable[],
  manifest: Manifest,
  remarks: ReadonlyMap<string, readonly string[]>,
  apart: readonly string[],
): PlanCheck[] {
  const broken = tables.filter((table) => table.problem !== null);
  const state = broken.length === tables.length ? 'bad' : 'warn';
  const problems = broken.map((table): PlanCheck => {
    const problem = table.problem!;
    return { id: `table/${table.source}`, label: table.source, state, detail: problem.message, fix: problem.hint };
  });
  const changed = [...remarks].map(([table, sentences]): PlanCheck => {
    return {
      id: `columns/${table}`,
      label: `${table} has its old columns`,
      state: 'warn',
      detail: `the restored table has the columns of the backup: ${someOf(sentences)}`,
      fix: 'Restore beside the live table if programs need the new columns.',
    };
  });
  return [cutCheck(manifest, apart), ...summary(tables, broken), ...problems, ...changed];
}

function summary(tables: readonly PlanTable[], broken: readonly PlanTable[]): PlanCheck[] {
  if (broken.length > 0) return [];
  const names = 'Targets are free, or will be kept aside';
  return [{ id: 'targets', label: names, state: 'ok', detail: `${tables.length} of ${tables.length} tables`, fix: '' }];
}

function cutCheck({ cut }: Manifest, apart: readonly string[]): PlanCheck {
  const label = 'All pieces are of one instant';
  if (apart.length > 0) {
    return {
      id: 'cut',
      label: 'Not all pieces are of one instant',
      state: 'warn',
      detail: `pieces of ${someOf(apart)} changed while the backup ran, were taken again, and stand at a later instant than the rest${cut.proven ? '' : `; ${cut.reason}`}`,
      fix: 'Check that sums over several pieces or tables agree, or choose a backup without such pieces.',
    };
  }
  if (cut.proven) return { id: 'cut', label, state: 'ok', detail: `the cut of the backup is proven`, fix: '' };
  return {
    id: 'cut',
    label,
    state: 'warn',
    detail: cut.reason,
    fix: 'Check that sums over several pieces agree, or choose a backup with a proven cut.',
  };
}
