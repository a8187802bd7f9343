import { namePartsOf } from '#server/contract/cluster.ts';
import type { Session } from '../command-line.ts';
import type { Inputs, Outputs } from '../console.ts';
import type { LeftOut } from '../job/document.ts';
import { type PointOptions, restorePointOf } from '../restore-point.ts';
import { chooseTables } from '../table-choice.ts';
import { usageError } from '../usage-error.ts';

export interface RestoreOptions extends PointOptions {
  table?: string[];
  tableList?: string;
  restoreTargetList?: string;
  into?: string;
  clean?: boolean;
  keepFor?: number;
  foreignKeys?: boolean;
  triggers?: boolean;
  parallel?: number;
  maxRate?: number;
  maxReplicaLag?: number;
  logBin: boolean;
}

export type Planned = Outputs['restore']['plan'];
export type RestorePlan = Planned['plan'];

/** Asks for the plan of what was typed. Errors: usage; what the console says, with the nearest points where this one cannot be had. */
export async function makePlan({ console }: Session, name: string, options: RestoreOptions): Promise<Planned> {
  // What can be wrong without a console is said first.
  const point = restorePointOf(options);
  if (options.keepFor !== undefined && !options.clean) {
    throw usageError('--keep-for is given without --clean', 'Only a table that is replaced is kept aside.');
  }
  const source = await console.cluster.show.query({ name });
  const target = options.into === undefined ? source : await console.cluster.show.query({ name: options.into });
  const parts = { source: namePartsOf(source.kind), target: namePartsOf(target.kind) };
  const input: Inputs['restore']['plan'] = {
    clusterId: source.id,
    point,
    tables: chooseTables(options, parts),
    intoClusterId: target.id === source.id ? null : target.id,
    clean: options.clean,
    keepForMs: options.keepFor,
    foreignKeys: options.foreignKeys,
    triggers: options.triggers,
    parallel: options.parallel,
    maxBytesPerSecond: options.maxRate,
    maxReplicaLagSeconds: options.maxReplicaLag === undefined ? undefined : Math.round(options.maxReplicaLag / 1_000),
    logBin: options.logBin,
  };
  return console.restore.plan.mutate(input);
}

export const badChecks = ({ checks }: RestorePlan) => checks.filter(({ state }) => state === 'bad');

/** Tables that cannot be restored, each with why; the others can. */
export const leftOutOf = ({ tables }: RestorePlan): LeftOut[] =>
  tables.flatMap(({ source, target, problem }) => (problem ? [{ source, target, problem }] : []));
