import type { State } from '#components/ui/glyph.tsx';
import { hasEnded, type JobKind, type JobState } from '#server/contract/job.ts';

/** How kinds and states of jobs read on every screen. */
export const stateWords: Record<JobState, { word: string; state: State }> = {
  queued: { word: 'Queued', state: 'idle' },
  running: { word: 'Running', state: 'run' },
  cancelling: { word: 'Cancelling', state: 'warn' },
  succeeded: { word: 'Succeeded', state: 'ok' },
  partly: { word: 'Partly failed', state: 'bad' },
  failed: { word: 'Failed', state: 'bad' },
  cancelled: { word: 'Cancelled', state: 'idle' },
};

export const kindWords: Record<JobKind, string> = {
  inspect: 'Inspect',
  backup: 'Backup',
  restore: 'Restore',
  verify: 'Verify',
  'remove-backup': 'Remove backup',
  'probe-destination': 'Probe destination',
  reindex: 'Reindex',
  'drop-kept': 'Drop kept copy',
};

/** What the list of jobs can be narrowed to; `inspect` is a question of the console, not work. */
export const filteredKinds: readonly JobKind[] = [
  'backup',
  'restore',
  'verify',
  'remove-backup',
  'drop-kept',
  'probe-destination',
  'reindex',
];

interface Named {
  kind: JobKind;
  title: string;
  clusterName: string | null;
  destinationName: string | null;
}

/** "Backup bank, everything", "Restore bank, 4 tables", "Probe destination local". */
export function jobName({ kind, title, clusterName, destinationName }: Named): string {
  const of = clusterName ?? destinationName;
  const head = of === null ? kindWords[kind] : `${kindWords[kind]} ${of}`;
  if (kind === 'probe-destination' || kind === 'reindex') return head;
  if (kind === 'verify' || kind === 'remove-backup') {
    return `${kind === 'verify' ? 'Verify' : 'Remove'} ${title.replace(/^backup (\S+)$/, (_, id) => `backup ${shortId(id)}`)}${of === null ? '' : ` of ${of}`}`;
  }
  return title === '' ? head : `${head}, ${title}`;
}

/** The end of an id, where ids differ: enough to tell backups apart on a screen; the whole of it is a click away. */
export const shortId = (id: string): string => id.slice(-8);

/** The first words about a job that ended badly: what happened to the data. */
export function outcomeWords(kind: JobKind, state: JobState): string | undefined {
  if (!hasEnded(state) || state === 'succeeded') return undefined;
  const partly = state === 'partly';
  switch (kind) {
    case 'backup':
      return partly ? 'The backup was published without some tables.' : 'No backup was published.';
    case 'restore':
      return partly ? 'Some tables were not brought back.' : 'No table was brought back.';
    case 'remove-backup':
      return 'The backup may be partly removed.';
    default:
      return undefined;
  }
}
