import type { BenchDocument, BenchRow } from './document.ts';
import { median } from './median.ts';
import { memoryBarBytes } from './memory-bar.ts';

/** The document as a table for people: medians, bars and whether they hold, what the rows are, and how they came about. */
export function reportText(document: BenchDocument, about: readonly string[]): string {
  const { machine, versions, rows } = document;
  const lines = [heads, ...rows.map(cells)];
  const widths = heads.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  const table = lines.map((line) =>
    line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join('  '),
  );
  const resting = Math.max(...rows.map(({ ours }) => ours.restingRssBytes));
  return [
    ...table,
    '',
    ...rows.map(({ name, peer, measured, figures }) => `${name}: ${peer?.name ?? figuresText(figures)}; ${measured}`),
    '',
    ...about,
    'OUR JOB is the whole job, also where the row is a part of it; memory and CPU of ours are always those of the whole.',
    `Memory of ours is the executor with its children, aimed at ${megabytes(memoryBarBytes)} MB at most: ${memoryWord(rows)}.`,
    `Launcher, console and their database rest at ${megabytes(resting)} MB beside it.`,
    `Machine: ${machine.cores} cores, ${megabytes(machine.memoryBytes)} MB, Linux ${machine.kernel}, load ` +
      `${machine.loadAverage.toFixed(2)} before the start.`,
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  ].join('\n');
}

const figuresText = (figures: BenchRow['figures'] = {}): string =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${Number(value.toPrecision(4))}`)
    .join(', ');

const heads = [
  'ROW',
  'OURS s',
  'PEER s',
  'RATIO',
  'BAR',
  'HOLDS',
  'OUR JOB s',
  'OURS MB',
  'PEER MB',
  'OURS CPU s',
  'PEER CPU s',
  'SERVER CPU s',
  'SERVER CPU s (PEER)',
];

function cells({ name, ours, peer, ratio, bar, holds }: BenchRow): string[] {
  return [
    name,
    median(ours.seconds).toFixed(2),
    peer ? median(peer.seconds).toFixed(2) : '–',
    `${ratio.toFixed(2)}x`,
    bar === null ? '–' : `${bar.toFixed(2)}x`,
    holds === null ? '–' : holds ? 'yes' : 'NO',
    median(ours.totalSeconds).toFixed(2),
    megabytes(ours.peakRssBytes),
    peer ? megabytes(peer.peakRssBytes) : '–',
    ours.clientCpuSeconds.toFixed(1),
    peer ? peer.clientCpuSeconds.toFixed(1) : '–',
    ours.serverCpuSeconds.toFixed(1),
    peer ? peer.serverCpuSeconds.toFixed(1) : '–',
  ];
}

const memoryWord = (rows: readonly BenchRow[]): string =>
  rows.every(({ ours }) => ours.peakRssBytes <= memoryBarBytes) ? 'holds' : 'DOES NOT HOLD';

const megabytes = (bytes: number): string => String(Math.round(bytes / 1e6));
