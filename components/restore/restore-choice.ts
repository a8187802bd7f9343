import type { z } from 'zod';
import type { AddressPatch } from '#components/layout/use-address.ts';
import { type restoreInput, usualLoadConnections } from '#server/contract/restore.ts';
import { type RestorePoint, restorePoint } from '#server/contract/restore-point.ts';

export const steps = ['tables', 'point', 'where', 'plan'] as const;
export type Step = (typeof steps)[number];
export const places = ['beside', 'cluster', 'in-place'] as const;
export type Place = (typeof places)[number];
export const pointKinds = ['instant', 'before', 'after', 'latest', 'backup'] as const;
export type PointKind = (typeof pointKinds)[number];
/** As a person chooses among them: which side of a transaction comes afterwards. */
export type PointWay = 'instant' | 'transaction' | 'latest' | 'backup';

/** Everything the wizard asks, as its address holds it: any of it can be sent to somebody. */
export interface RestoreChoice {
  step: Step;
  cluster: string;
  tables: readonly string[];
  /** '' until one was chosen. */
  point: PointKind | '';
  /** Of a point of its own kind; of one by transaction when that was, where that is known. ISO 8601 in UTC, or ''. */
  at: string;
  transaction: string;
  /** The backup whose own end is the point; '' for every other kind. */
  backup: string;
  where: Place;
  /** Name of the target cluster; '' is the backup's own. */
  into: string;
  /** Source → target, only those that were given a name. */
  targets: Readonly<Record<string, string>>;
  /** Source → leaf → node, only what was moved by hand. */
  placement: Readonly<Record<string, Record<string, string>>>;
  keepDays: number;
  foreignKeys: boolean;
  triggers: boolean;
  parallel: number;
  /** MiB a second that may be loaded; 0 is no bound. */
  maxRateMiB: number;
  /** How far a replica may be behind while rows are loaded; 0 is no bound. */
  maxReplicaLagSeconds: number;
  logBin: boolean;
}

/** An address with more names than this is one that servers refuse; a list in a file has no such bound. */
export const mostTables = 200;

/** The point, where it is whole; null: something of it is still to be chosen. */
export function pointOf({ point, at, transaction, backup }: RestoreChoice): RestorePoint | null {
  const chosen =
    point === 'instant'
      ? { kind: point, at }
      : point === 'before' || point === 'after'
        ? { kind: point, transaction }
        : point === 'latest'
          ? { kind: point }
          : { kind: 'backup', backupId: backup };
  if (chosen.kind === 'backup' && backup === '') return null;
  return restorePoint.safeParse(chosen).data ?? null;
}

/** The point of a plan, chosen again. */
export function choiceOf({
  point,
  backup,
  log,
}: {
  point?: RestorePoint;
  backup: { id: string };
  log?: { at: string } | null;
}): Pick<RestoreChoice, 'point' | 'at' | 'transaction' | 'backup'> {
  const nothing = { at: '', transaction: '', backup: '' };
  switch (point?.kind) {
    case 'instant':
      return { ...nothing, point: 'instant', at: point.at };
    case 'before':
    case 'after':
      return { ...nothing, point: point.kind, transaction: point.transaction, at: log?.at ?? '' };
    case 'latest':
      return { ...nothing, point: 'latest' };
    default:
      return { ...nothing, point: 'backup', backup: backup.id };
  }
}

export function readChoice(params: Pick<URLSearchParams, 'get' | 'getAll'>): RestoreChoice {
  const one = <T extends string, U extends string>(name: string, of: readonly T[], otherwise: U): T | U =>
    of.find((value) => value === params.get(name)) ?? otherwise;
  const number = (name: string, min: number, max: number, otherwise: number) => {
    const text = params.get(name) ?? '';
    return /^\d{1,4}$/.test(text) ? Math.min(max, Math.max(min, Number(text))) : otherwise;
  };
  return {
    step: one('step', steps, 'tables'),
    cluster: params.get('cluster') ?? '',
    tables: [...new Set(params.getAll('table'))],
    point: one('point', pointKinds, params.get('backup') ? 'backup' : ''),
    at: params.get('at') ?? '',
    transaction: params.get('tx') ?? '',
    backup: params.get('backup') ?? '',
    where: one('where', places, params.get('into') ? 'cluster' : 'beside'),
    into: params.get('into') ?? '',
    targets: readJson(params.get('to')),
    placement: readJson(params.get('place')),
    keepDays: number('keep', 0, 365, 7),
    foreignKeys: params.get('fk') === '1',
    triggers: params.get('triggers') === '1',
    parallel: number('parallel', 1, 32, usualLoadConnections),
    maxRateMiB: number('rate', 0, 9_999, 0),
    maxReplicaLagSeconds: number('lag', 0, 9_999, 0),
    logBin: params.get('log') !== '0',
  };
}

/** What of an address changes with a choice; defaults leave no trace in it. */
export function writeChoice(patch: Partial<RestoreChoice>): AddressPatch {
  const written: AddressPatch = {};
  const put = (name: string, value: string | readonly string[] | null) => {
    written[name] = value;
  };
  if (patch.step !== undefined) put('step', patch.step === 'tables' ? null : patch.step);
  if (patch.cluster !== undefined) put('cluster', patch.cluster);
  if (patch.tables !== undefined) put('table', patch.tables);
  if (patch.point !== undefined) put('point', patch.point);
  if (patch.at !== undefined) put('at', patch.at);
  if (patch.transaction !== undefined) put('tx', patch.transaction);
  if (patch.backup !== undefined) put('backup', patch.backup);
  if (patch.where !== undefined) put('where', patch.where === 'beside' ? null : patch.where);
  if (patch.into !== undefined) put('into', patch.into);
  if (patch.targets !== undefined) put('to', jsonOrNull(patch.targets));
  if (patch.placement !== undefined) put('place', jsonOrNull(patch.placement));
  if (patch.keepDays !== undefined) put('keep', patch.keepDays === 7 ? null : String(patch.keepDays));
  if (patch.foreignKeys !== undefined) put('fk', patch.foreignKeys ? '1' : null);
  if (patch.triggers !== undefined) put('triggers', patch.triggers ? '1' : null);
  if (patch.parallel !== undefined)
    put('parallel', patch.parallel === usualLoadConnections ? null : String(patch.parallel));
  if (patch.maxRateMiB !== undefined) put('rate', patch.maxRateMiB === 0 ? null : String(patch.maxRateMiB));
  if (patch.maxReplicaLagSeconds !== undefined) {
    put('lag', patch.maxReplicaLagSeconds === 0 ? null : String(patch.maxReplicaLagSeconds));
  }
  if (patch.logBin !== undefined) put('log', patch.logBin ? null : '0');
  return written;
}

/** What the API is asked. Names that belong to another place to land are left out. */
export function inputOf(
  choice: RestoreChoice,
  ids: { clusterId: string; intoClusterId: string | null },
): z.input<typeof restoreInput> {
  const inPlace = choice.where === 'in-place';
  return {
    clusterId: ids.clusterId,
    point: pointOf(choice) ?? { kind: 'backup', backupId: choice.backup },
    tables: choice.tables.map((source) => ({
      source,
      target: inPlace ? null : choice.targets[source]?.trim() || null,
      placement: inPlace ? {} : (choice.placement[source] ?? {}),
    })),
    intoClusterId: choice.where === 'cluster' ? ids.intoClusterId : null,
    clean: inPlace,
    keepForMs: choice.keepDays * 86_400_000,
    foreignKeys: choice.foreignKeys,
    triggers: choice.triggers,
    parallel: choice.parallel,
    maxBytesPerSecond: choice.maxRateMiB === 0 ? null : choice.maxRateMiB * 1024 ** 2,
    maxReplicaLagSeconds: choice.maxReplicaLagSeconds === 0 ? null : choice.maxReplicaLagSeconds,
    logBin: inPlace || choice.logBin,
  };
}

/** The first step that still lacks something, at most the wanted one: an address cannot skip a question. */
export function reachedStep(choice: RestoreChoice): Step {
  const lacking: Step | undefined =
    choice.tables.length === 0
      ? 'tables'
      : pointOf(choice) === null
        ? 'point'
        : choice.where === 'cluster' && choice.into === ''
          ? 'where'
          : undefined;
  if (lacking === undefined || steps.indexOf(choice.step) <= steps.indexOf(lacking)) return choice.step;
  return lacking;
}

function readJson<T>(text: string | null): Record<string, T> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, T>) : {};
  } catch {
    return {};
  }
}

const jsonOrNull = (value: object) => (Object.keys(value).length === 0 ? null : JSON.stringify(value));

/**
 * A bound as it was typed: from 1 to 9,999 whatever number it is, and 0, which is none, only where nothing stands. One
 * that is too small is made the smallest there is: whoever types 0.4 does not ask for full speed.
 */
export function boundOf(text: string): number {
  if (text.trim() === '' || Number.isNaN(Number(text))) return 0;
  return Math.min(9_999, Math.max(1, Math.round(Number(text))));
}
