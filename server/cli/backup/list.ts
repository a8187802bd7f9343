import { formatBytes } from '#components/format/bytes.ts';
import { formatCount } from '#components/format/number.ts';
import type { Session } from '../command-line.ts';
import { exitCodes } from '../exit-code.ts';
import { instantCell, textTable } from '../text-table.ts';
import { backupDocument, verifiedText } from './document.ts';

interface Options {
  cluster?: string;
  table?: string;
  limit: number;
}

export async function listBackups({ console, out }: Session, { cluster, table, limit }: Options) {
  const clusterId = cluster === undefined ? undefined : (await console.cluster.show.query({ name: cluster })).id;
  const { backups, nextCursor } = await console.backup.list.query({ clusterId, table, limit });
  out.result({ backups: backups.map(backupDocument), more: nextCursor !== null }, () =>
    textTable(
      ['backup', 'cluster', 'as of', '>tables', '>rows', '>stored', 'destination', 'verified'],
      backups.map((backup) => [
        backup.id,
        backup.clusterName,
        instantCell(backup.at),
        backup.failedCount > 0 ? `${backup.tableCount} (${backup.failedCount} failed)` : backup.tableCount,
        formatCount(backup.rows),
        formatBytes(backup.storedBytes),
        backup.destinationName,
        verifiedText(backup),
      ]),
      'no backup',
    ),
  );
  if (nextCursor !== null) out.note('there are older ones: --limit, --cluster and --table choose');
  return exitCodes.done;
}
