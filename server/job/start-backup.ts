import { TidemarkError } from '#server/base/error.ts';
import { type BackupAsked, backupInput } from '#server/contract/backup.ts';
import type { Scope } from '#server/contract/scope.ts';
import { newId } from '#server/db/new-id.ts';
import { type Enqueued, enqueue, type JobContext } from './enqueue.ts';

/** Errors: `not-found` for the cluster or the destination. Which tables there are is found out by the executor, live. */
export async function startBackup(
  context: JobContext,
  given: BackupAsked,
  parent?: { jobId: string; reason: 'retry' | 'clone' },
): Promise<Enqueued & { backupId: string }> {
  const backup = backupInput.parse(given);
  const [cluster, destination] = await Promise.all([
    context.db.cluster.findUnique({ where: { id: backup.clusterId }, select: { id: true, name: true } }),
    context.db.destination.findUnique({ where: { id: backup.destinationId }, select: { id: true, name: true } }),
  ]);
  if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
  if (!destination) throw new TidemarkError('not-found', 'there is no such destination');
  const backupId = newId();
  const enqueued = await enqueue(context, {
    input: { kind: 'backup', backupId, backup },
    title: scopeTitle(backup.scope),
    cluster,
    destination,
    backupId,
    tables: [...new Set(backup.scope.tables)].map((source) => ({ source, target: null })),
    parent,
  });
  return { ...enqueued, backupId };
}

/** `everything`, `postgres.public.t`, `3 tables, 1 schema` */
export function scopeTitle(scope: Scope): string {
  if (scope.all) return 'everything';
  const parts: [count: number, one: string][] = [
    [scope.databases.length, 'database'],
    [scope.schemas.length, 'schema'],
    [scope.tables.length, 'table'],
    [scope.patterns.length, 'pattern'],
  ];
  const named = [...scope.databases, ...scope.schemas, ...scope.tables, ...scope.patterns];
  if (named.length === 1) return named[0]!;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, one]) => `${count} ${one}${count === 1 ? '' : 's'}`)
    .join(', ');
}
