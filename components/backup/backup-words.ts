import { plural } from '#components/format/number.ts';
import type { Backup } from '#components/trpc/outputs.ts';
import type { State } from '#components/ui/glyph.tsx';

/** What is to be known of a backup at a glance, worst first; a good one says one quiet word. */
export function backupStates(
  backup: Pick<Backup, 'removedAt' | 'failedCount' | 'cutProven' | 'verifiedAt' | 'verifyResult'>,
): { word: string; state: State }[] {
  if (backup.removedAt) return [{ word: 'Removed', state: 'idle' }];
  const damaged = backup.verifyResult?.damaged.length ?? 0;
  const found: { word: string; state: State }[] = [];
  if (damaged > 0) found.push({ word: plural(damaged, 'object damaged', 'objects damaged'), state: 'bad' });
  if (backup.failedCount > 0) found.push({ word: `${plural(backup.failedCount, 'table')} failed`, state: 'bad' });
  if (!backup.cutProven) found.push({ word: 'Cut not proven', state: 'warn' });
  if (found.length === 0) found.push({ word: backup.verifiedAt ? 'Verified' : 'Published', state: 'ok' });
  return found;
}
