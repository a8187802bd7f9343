import { asTidemarkError, TidemarkError, toFailure } from '#server/base/error.ts';
import type { PlanTable, RestoreInput } from '#server/contract/restore.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import { readTableGrants } from '#server/engine/mysql/table-grants.ts';
import { readComputingDefinitionOn } from '#server/engine/postgres/definition.ts';
import type { LocatedTable } from '#server/engine/topology/locate.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import { computingStatements } from './computing-statements.ts';
import { columnDifferences, computingDifferences, type LiveFragment, readLive } from './in-place.ts';
import { type NotBackInput, willNotComeBack } from './not-back.ts';
import { type Fragment, liveFragments, newFragments } from './plan-fragments.ts';
import type { TableRequest } from './plan-request.ts';
import { rehearseComputing } from './run-computing.ts';
import { keptName } from './target-name.ts';
import type { TargetWorld } from './world.ts';

export interface PlanTableContext {
  restore: Pick<RestoreInput, 'clean' | 'foreignKeys' | 'triggers'>;
  manifest: Manifest;
  /** The instant that the tables come back to. */
  at: string;
  world: TargetWorld;
  sameCluster: boolean;
  now: Date;
  /** Bytes already placed on each node by this plan; added to. */
  placed: Map<string, number>;
  /** Storage tables this plan will make, as `node database table`; added to. */
  made: Set<string>;
  /** In place: where the live table lies, as found by the topology. */
  locate: (name: string) => Promise<LocatedTable>;
  /** Remarks that are no hindrance: table → sentences; added to. */
  remarks: Map<string, string[]>;
}

/** The plan of one table. Nothing is thrown for it: what is wrong is its `problem`, and the others go on. */
export async function planTable(request: TableRequest, context: PlanTableContext): Promise<PlanTable> {
  const plan = emptyPlan(request, context);
  try {
    await fillPlan(plan, request, context);
  } catch (error) {
    const { code, message, hint } = toFailure(asTidemarkError(error));
    plan.problem = { code, message, hint };
  }
  return plan;
}

/** The same, for who must not go on with a problem. Errors: what `problem` would say. */
export async function planTableOrThrow(request: TableRequest, context: PlanTableContext): Promise<PlanTable> {
  const plan = emptyPlan(request, context);
  await fillPlan(plan, request, context);
  return plan;
}

function emptyPlan({ source, target, file, exists }: TableRequest, { restore, now }: PlanTableContext): PlanTable {
  const inPlace = exists && restore.clean;
  return {
    source: formatTableName(source),
    target: formatTableName(target),
    mode: inPlace ? 'in-place' : 'beside',
    tableId: file.id,
    keptAs: inPlace ? keptName(target.table, now) : null,
    fragments: [],
    rows: Number(file.rows),
    rawBytes: file.rawBytes,
    storedBytes: file.storedBytes,
    log: null,
    willNotComeBack: [],
    problem: null,
  };
}

async function fillPlan(plan: PlanTable, request: TableRequest, context: PlanTableContext): Promise<void> {
  const { restore, manifest, world, sameCluster } = context;
  if (request.exists && !restore.clean) throw targetExists(plan.target);
  const inPlace = plan.mode === 'in-place';
  plan.fragments = inPlace
    ? liveFragments(request, await context.locate(plan.target))
    : newFragments(request, world, context);
  const found = inPlace ? await checkLive(request, plan, context) : await checkNew(request, plan.fragments, context);
  plan.willNotComeBack = willNotComeBack({
    ...found,
    file: request.file,
    mode: plan.mode,
    sameCluster,
    foreignKeys: restore.foreignKeys,
    triggers: restore.triggers,
    at: context.at,
    objects: manifest.objects,
  });
}

type Found = Pick<NotBackInput, 'refusedGrants' | 'tableGrants' | 'triggersRefused' | 'newSchema' | 'live'>;

async function checkNew(request: TableRequest, fragments: Fragment[], context: PlanTableContext): Promise<Found> {
  const { world } = context;
  for (const { target } of fragments) {
    const key = JSON.stringify([target.node, target.database, target.table]);
    if (context.made.has(key) || (await world.hasTable(target.node, target))) {
      throw targetExists(`${target.database}.${target.table} on ${target.node}`);
    }
    context.made.add(key);
  }
  let refusedGrants: readonly string[] = [];
  let newSchema: string | null = null;
  const { computing } = request.file;
  if (world.computing && computing) {
    const makeSchema = !(await world.hasSchema(request.target.schema));
    if (makeSchema) newSchema = request.target.schema;
    const serverOf = (node: string) => world.node(node).serverName;
    const statements = computingStatements(computing, request.source, request.target, fragments, {
      serverOf,
      makeSchema,
    });
    const rehearsed = await rehearseComputing(world.computing, statements);
    if (rehearsed.problem) throw notTaken(rehearsed.problem);
    refusedGrants = rehearsed.refusedGrants;
  }
  const tableGrants = await grantsOnSource(request, fragments, context);
  const triggersRefused = context.restore.triggers && (await refusesTriggers(world, fragments));
  return { refusedGrants, tableGrants, triggersRefused, newSchema, live: { foreignKeys: [], triggers: [] } };
}

async function checkLive(request: TableRequest, plan: PlanTable, context: PlanTableContext): Promise<Found> {
  const { world } = context;
  const { computing } = request.file;
  if (world.computing && computing) {
    const live = await readComputingDefinitionOn(world.computing, request.target);
    refuseDifferences(plan.target, computingDifferences(computing, live.computing));
  }
  const lives: LiveFragment[] = [];
  for (const { target, index } of plan.fragments) {
    const live = await readLive(await world.session(target.node), target);
    lives.push(live);
    if (live.children.length > 0) throw hasChildren(plan.target, live.children);
    const kept = { database: target.database, table: keptName(target.table, context.now) };
    if (await world.hasTable(target.node, kept)) throw targetExists(`${kept.database}.${kept.table} on ${target.node}`);
    const recorded = request.file.fragments.find((fragment) => fragment.index === index)!;
    const differences = columnDifferences(recorded, live.definition);
    if (differences.length > 0) context.remarks.set(plan.target, [...differences]);
  }
  const triggers = lives.flatMap((live) => live.definition.triggers.map((trigger) => trigger.name));
  if (triggers.length > 0 && (await refusesTriggers(world, plan.fragments))) throw triggersLost(plan.target, triggers);
  return {
    refusedGrants: [],
    tableGrants: [], // they go by the name, which stays
    triggersRefused: false,
    newSchema: null,
    live: {
      foreignKeys: lives.flatMap((live) => live.definition.foreignKeys.map((key) => key.name)),
      triggers,
    },
  };
}

/** Backups hold no rights: those of a live table are known where it lives, and nowhere else. */
async function grantsOnSource(
  { file }: TableRequest,
  [place]: readonly Fragment[],
  { world, sameCluster }: PlanTableContext,
): Promise<string[] | null> {
  if (world.access.kind !== 'mysql') return [];
  if (!sameCluster || file.computing || !place) return null;
  const { database, table } = place.source;
  const { node } = place.target;
  const grants = await world.remember(['grants', node, database], async () =>
    readTableGrants(await world.session(node), database),
  );
  return grants === null ? null : (grants.get(table) ?? []);
}

async function refusesTriggers(world: TargetWorld, fragments: readonly Fragment[]): Promise<boolean> {
  for (const { target } of fragments) if (!(await world.mayMakeTriggers(target.node))) return true;
  return false;
}

function triggersLost(target: string, triggers: readonly string[]): TidemarkError {
  return new TidemarkError(
    'restore/checks-failed',
    `${target} would lose its triggers (${triggers.join(', ')}): this login may not make any`,
    {
      hint: 'GRANT SUPER to the user of Tidemark on the storage nodes, or SET GLOBAL log_bin_trust_function_creators = 1.',
    },
  );
}

function targetExists(what: string): TidemarkError {
  return new TidemarkError('restore/target-exists', `${what} exists already`);
}

function notTaken(problem: TidemarkError): TidemarkError {
  return new TidemarkError('restore/checks-failed', `the computing node would not take the table: ${problem.message}`, {
    hint: `Nothing was changed. ${problem.hint}`,
    cause: problem,
  });
}

function hasChildren(target: string, children: readonly string[]): TidemarkError {
  return new TidemarkError(
    'restore/checks-failed',
    `foreign keys of other tables refer to ${target}: ${children.join(', ')}`,
    {
      hint: 'They would follow the live table to its kept name. Restore beside it, or drop them first and add them afterwards.',
    },
  );
}

function refuseDifferences(target: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw new TidemarkError(
    'restore/checks-failed',
    `the live table ${target} has changed since the backup: ${differences.join('; ')}`,
    {
      hint: 'Restore beside the live table instead.',
    },
  );
}
