import { TidemarkError } from '#server/base/error.ts';
import { namePartsOf } from '#server/contract/cluster.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import { parseTableName } from '#server/contract/table-name.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { RestoreContext } from './context.ts';
import { locateLive } from './plan.ts';
import type { TableRequest } from './plan-request.ts';
import { planTableOrThrow } from './plan-table.ts';

/** What a planned table is in the backup. Errors: `restore/plan-stale`, `destination/object-damaged`. */
export async function requestOf(
  { storage, world }: RestoreContext,
  table: PlanTable,
  manifest: Manifest,
): Promise<TableRequest> {
  const entry = manifest.tables.find((candidate) => candidate.id === table.tableId);
  if (!entry || entry.name !== table.source) {
    throw new TidemarkError('restore/plan-stale', `backup ${manifest.id} does not hold ${table.source} as planned`);
  }
  const source = parseTableName(table.source, namePartsOf(manifest.cluster.kind));
  const target = parseTableName(table.target, namePartsOf(world.access.kind));
  const placement: Record<string, string> = {};
  for (const { source: piece, target: place } of table.fragments) {
    placement[piece.partition ?? piece.table] = place.node;
  }
  const exists = world.computing
    ? await world.hasRelation(target.schema, target.table)
    : await world.hasTable(world.nodes[0]!.name, target);
  const file = await readTableFile(storage, manifest.id, entry);
  return { input: { source: table.source, target: table.target, placement }, source, target, file, exists };
}

/** Plans the table once more and compares. Errors: what is wrong with it now; `restore/plan-stale` for a difference. */
export async function recheck(
  { plan, world }: RestoreContext,
  table: PlanTable,
  request: TableRequest,
  manifest: Manifest,
): Promise<void> {
  const again = await planTableOrThrow(request, {
    restore: plan,
    manifest,
    at: plan.log?.at ?? manifest.cut.at,
    world,
    sameCluster: false, // every piece has its node from the plan
    now: new Date(plan.madeAt),
    placed: new Map(),
    made: new Set(),
    locate: (name) => locateLive(world, name),
    remarks: new Map(),
  });
  const shown = ({ mode, fragments, keptAs }: PlanTable) => JSON.stringify([mode, fragments, keptAs]);
  if (shown(again) !== shown(table)) {
    throw new TidemarkError('restore/plan-stale', `${table.target} is not as it was when the plan was made`, {
      context: { planned: table.fragments, found: again.fragments },
    });
  }
}
