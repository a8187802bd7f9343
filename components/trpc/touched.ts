import type { Change } from './live-stream.ts';

/** Queries (by procedure) that show what a change is about. A dot at the end means all of that router. */
const showing: Record<Exclude<Change['about'], 'resync' | 'job'>, readonly string[]> = {
  archive: ['archive.'],
  cluster: ['cluster.', 'table.', 'overview.summary'],
  destination: ['destination.', 'overview.summary'],
  backup: ['backup.', 'cluster.', 'table.', 'destination.', 'overview.summary'],
  kept: ['restore.kept'],
  executor: ['overview.executors'],
  person: ['people.'],
};

/**
 * Whether a query is to be asked again after these changes. `of` is the id of what a query shows, where that is one job;
 * such a query is left alone by the changes of other jobs.
 */
export function isTouched(procedure: string, of: string | undefined, changes: readonly Change[]): boolean {
  return changes.some((change) => {
    if (change.about === 'resync') return true;
    if (change.about !== 'job') return showing[change.about].some((name) => fits(procedure, name));
    if (procedure === 'job.show' || procedure === 'job.tables') return of === undefined || of === change.id;
    if (procedure === 'job.list') return true;
    const counted = change.what === 'state' || change.what === 'queued' || change.what === 'cancel';
    return counted && procedure === 'job.counts';
  });
}

const fits = (procedure: string, name: string) =>
  name.endsWith('.') ? procedure.startsWith(name) : procedure === name;
