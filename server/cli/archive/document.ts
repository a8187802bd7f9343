import { formatBytes } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatPercent, plural } from '#components/format/number.ts';
import type { Outputs } from '../console.ts';
import { instantCell, textFields, textTable } from '../text-table.ts';

type Archive = Outputs['archive']['status'];
type Stream = Archive['streams'][number];

export function archiveText(archive: Archive): string {
  const { cluster, destination, wanted, streams } = archive;
  if (destination === null) return `the log of ${cluster.name} was never archived`;
  const head = textFields([
    ['log archive', `${cluster.name} (${wanted ? 'started' : 'stopped'} ${instantCell(archive.changedAt)})`],
    ['destination', destination.name],
  ]);
  return [head, streamTable(streams), ...streams.flatMap(streamNotes)].join('\n');
}

const streamTable = (streams: readonly Stream[]): string =>
  textTable(
    ['node', 'state', '>lag', 'last commit', 'position', '>log', '>written', '>segments', '>executor cpu', '>gaps'],
    streams.map((stream) => [
      stream.node,
      stream.state,
      stream.lagMs === null ? null : formatDuration(stream.lagMs),
      instantCell(stream.committedAt),
      stream.reached && `${stream.reached.file}:${stream.reached.position}`,
      formatBytes(stream.logBytes),
      formatBytes(stream.writtenBytes),
      stream.segments,
      stream.executorCpu === null ? null : formatPercent(stream.executorCpu),
      stream.gaps,
    ]),
    'no storage node has been seen yet',
  );

/** What is more than a cell: why a node waits, and the last gap. */
function streamNotes({ node, state, reason, retryAt, lastGap, gaps }: Stream): string[] {
  const again = retryAt === null ? '' : `; tried again at ${instantCell(retryAt)}`;
  return [
    ...(reason ? [`${node} is ${state}: ${reason.message} (${reason.code})${again}\n${reason.hint}`] : []),
    ...(lastGap
      ? [`${node} has ${plural(gaps, 'gap')}, the last found at ${instantCell(lastGap.at)}: ${lastGap.message}`]
      : []),
  ];
}
