import { toFailure } from '#server/base/error.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { TakenCut } from '#server/engine/mysql/cut.ts';
import { type Manifest, manifestFormat, packedManifestFormat, type SchemaObject } from '#server/manifest/schema.ts';
import { replicaName } from './choose-side.ts';
import type { TableWork } from './table-work.ts';
import type { WrittenTable } from './write-tables.ts';

export interface ManifestParts {
  backupId: string;
  repositoryId: string;
  cluster: ClusterAccess;
  startedAt: Date;
  finishedAt: Date;
  taken: TakenCut;
  computingVersion: string | null;
  tables: readonly TableWork[];
  written: ReadonlyMap<TableWork, WrittenTable>;
  objects: SchemaObject[];
  segments: Manifest['segments'];
  /** Commits were held, or a session waited for a table: whichever was longer. */
  longestWriterWaitMs: number;
}

export function buildManifest(parts: ManifestParts): Manifest {
  const { cluster, taken, tables } = parts;
  const entries = [...parts.written.values()].map(({ entry }) => entry);
  return {
    format: entries.some(({ packed }) => packed) ? packedManifestFormat : manifestFormat,
    id: parts.backupId,
    repositoryId: parts.repositoryId,
    cluster: { id: cluster.id, name: cluster.name, kind: cluster.kind },
    method: 'logical',
    startedAt: parts.startedAt.toISOString(),
    finishedAt: parts.finishedAt.toISOString(),
    cut: taken.cut,
    nodes: nodesOf(cluster, taken, parts.computingVersion),
    tables: entries,
    failed: tables
      .filter((table) => table.error !== null)
      .map(({ label, error }) => ({ name: label, code: toFailure(error).code, message: toFailure(error).message })),
    objects: parts.objects,
    segments: parts.segments,
    longestWriterWaitMs: parts.longestWriterWaitMs,
  };
}

function nodesOf(cluster: ClusterAccess, taken: TakenCut, computingVersion: string | null): Manifest['nodes'] {
  const storage = taken.sessions.map(({ node, coordinator }) => {
    const { host, port } = node.replicaOf?.primary ?? node.access;
    const replica = replicaName(node);
    return { name: node.name, host, port, version: coordinator.serverVersion, ...(replica !== null && { replica }) };
  });
  if (!('computing' in cluster)) return storage;
  const { node, host, port } = cluster.computing;
  return [{ name: node, host, port, version: computingVersion ?? '' }, ...storage];
}
