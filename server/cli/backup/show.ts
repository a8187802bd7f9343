import { formatBytes } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatCount } from '#components/format/number.ts';
import type { Session } from '../command-line.ts';
import { everyPage } from '../every-page.ts';
import { exitCodes } from '../exit-code.ts';
import { instantCell, textFields, textTable } from '../text-table.ts';
import { backupDocument, verifiedText } from './document.ts';

export async function showBackup({ console, out }: Session, backupId: string) {
  const backup = await console.backup.show.query({ backupId });
  const tables = await everyPage(async (cursor: string | undefined) => {
    const page = await console.backup.tables.query({ backupId, cursor, limit: 1_000 });
    return { rows: page.tables, nextCursor: page.nextCursor };
  });
  const { cutHeldMs, longestWriterWaitMs, manifestSha256 } = backup;
  const document = {
    backup: { ...backupDocument(backup), cutHeldMs, longestWriterWaitMs, manifestSha256 },
    tables: tables.map(({ tableId: _, ...table }) => table),
  };
  out.result(document, () =>
    [
      textFields([
        ['backup', backup.id],
        ['cluster', `${backup.clusterName} (${backup.clusterKind})`],
        ['destination', backup.destinationName],
        ['as of', backup.at.toISOString()],
        ['one cut', backup.cutProven ? 'proven' : `not proven: ${backup.cutReason}`],
        ['took', formatDuration(+backup.finishedAt - +backup.startedAt)],
        ['writers waited', `${formatDuration(longestWriterWaitMs)} at most`],
        ['size', `${formatBytes(backup.rawBytes)} raw, ${formatBytes(backup.storedBytes)} stored`],
        ['verified', verifiedText(backup) ?? 'never'],
        ...(backup.removedAt ? [['removed', instantCell(backup.removedAt)] as const] : []),
      ]),
      textTable(
        ['table', '>rows', '>raw', '>stored', '>fragments'],
        tables.map((table) => [
          table.name,
          formatCount(table.rows),
          formatBytes(table.rawBytes),
          formatBytes(table.storedBytes),
          table.fragments,
        ]),
      ),
    ].join('\n\n'),
  );
  return exitCodes.done;
}
