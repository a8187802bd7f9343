import { TidemarkError } from '#server/base/error.ts';
import type { RestorePlan } from '#server/contract/restore.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import { partitionNames } from '#server/engine/postgres/ddl-placement.ts';
import type { LocatedTable } from '#server/engine/topology/locate.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { placePieces } from './placement.ts';
import type { TableRequest } from './plan-request.ts';
import { storageDatabase, storageTable } from './storage-name.ts';
import type { TargetWorld } from './world.ts';

export type Fragment = RestorePlan['tables'][number]['fragments'][number];

/**
 * Places for the pieces of a table that is not there yet: each leaf on its own node when it stays in its cluster, else
 * spread over the target's nodes; an operator's wish goes before both. Errors: `table/unsupported`, `input/invalid`.
 */
export function newFragments(
  request: TableRequest,
  world: TargetWorld,
  options: { sameCluster: boolean; placed: Map<string, number> },
): Fragment[] {
  const { source, target, file, input } = request;
  const rooms = world.nodes.filter((node) => node.problem === null);
  const pieces = file.fragments.map((fragment) => {
    const wish = input.placement[fragment.partition ?? fragment.table] ?? input.placement[fragment.table];
    return {
      key: String(fragment.index),
      bytes: fragment.rawBytes,
      wanted: wish ?? (options.sameCluster ? fragment.node : null),
    };
  });
  const onMysql = world.access.kind === 'mysql';
  refuseOtherShape(request, onMysql);
  const chosen = placePieces(pieces, rooms, options.placed);
  const names = newLeafNames(request);
  return file.fragments.map((fragment) => {
    const partition = fragment.partition === null || onMysql ? null : names.get(fragment.partition)!;
    return planned(fragment, {
      node: chosen.get(String(fragment.index))!,
      database: onMysql ? target.database : storageDatabase(fragment.database, source, target),
      table: onMysql ? target.table : storageTable(partition ?? target.table),
      partition,
    });
  });
}

/**
 * Pieces that take the places of a live table, leaf by leaf. Errors: `restore/checks-failed` for a leaf that is
 * gone; why a node with a leaf did not answer.
 */
export function liveFragments(request: TableRequest, live: LocatedTable): Fragment[] {
  if (live.unanswered) throw live.unanswered;
  if (live.problem !== null) {
    throw new TidemarkError('table/unsupported', `${formatTableName(request.target)}: ${live.problem}`);
  }
  const names = newLeafNames(request);
  return request.file.fragments.map((fragment) => {
    const leaf = fragment.partition === null ? null : names.get(fragment.partition)!;
    const place = live.fragments.find((candidate) => candidate.partition === leaf);
    if (!place) {
      throw new TidemarkError('restore/checks-failed', `the live table has no partition ${leaf ?? 'of one piece'}`, {
        hint: 'Restore beside the live table instead.',
      });
    }
    return planned(fragment, place);
  });
}

function planned(fragment: FragmentFile, target: Fragment['target']): Fragment {
  const { node, database, table, partition } = fragment;
  return {
    index: fragment.index,
    source: { node, database, table, partition },
    target: { node: target.node, database: target.database, table: target.table, partition: target.partition },
    rows: Number(fragment.rows),
    rawBytes: fragment.rawBytes,
    storedBytes: fragment.storedBytes,
    chunks: fragment.chunks.length,
  };
}

/** Old leaf name → new one; a leaf's name is unique within its table. */
function newLeafNames({ file, source, target }: TableRequest): Map<string, string> {
  const partitions = file.computing?.partitions ?? [];
  const names = partitionNames(
    partitions,
    { schema: source.schema, name: source.table },
    { schema: target.schema, name: target.table },
  );
  return new Map([...names].map(([key, relation]) => [(JSON.parse(key) as [string, string])[1], relation.name]));
}

function refuseOtherShape({ file, source }: TableRequest, onMysql: boolean): void {
  const shown = formatTableName(source);
  if (onMysql && file.fragments.length !== 1) {
    throw new TidemarkError('table/unsupported', `${shown} has ${file.fragments.length} pieces; one server takes one`, {
      hint: 'Restore it into a cluster with a computing node.',
    });
  }
  if (!onMysql && file.computing === null) {
    throw new TidemarkError('table/unsupported', `the backup holds no computing node's definition of ${shown}`, {
      hint: 'Restore it into a cluster of kind mysql.',
    });
  }
}
