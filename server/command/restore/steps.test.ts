import { expect, test } from 'vitest';
import type { PlanLog, PlanTable } from '#server/contract/restore.ts';
import { stepsInWords } from './steps.ts';

const at = '2026-11-20T10:00:00.000Z';
const log: PlanLog = { stop: null, at, resolutionMs: 0, resolution: '', nodes: [], inDoubt: [] };
const plan = {
  ...{ log, parallel: 4, foreignKeys: false, triggers: false, targetClusterName: 'bank' },
  ...{ maxBytesPerSecond: 52_428_800, maxReplicaLagSeconds: null, logBin: true },
  backup: { id: 'b1', destination: 'vault', at, cutProven: true },
};

function table(source: string, segments: number): PlanTable {
  const target = { node: 's1', database: 'shop', table: source, partition: null };
  const size = { rows: 1_000_028, rawBytes: 39_636_173, storedBytes: 1, chunks: 1 };
  return {
    ...{ source, target: source, mode: 'beside', tableId: source, keptAs: null, willNotComeBack: [], problem: null },
    ...{ fragments: [{ index: 0, source: target, target, ...size }], ...size },
    log: { segments, frames: 9, bytes: 39_636_173, changes: 1_200, crossed: [] },
  };
}

const said = (...tables: PlanTable[]) =>
  Object.fromEntries(stepsInWords(tables, plan, false).map(({ title, detail }) => [title, detail]));

test('numbers are grouped, and sizes are in the units of the screens', () => {
  expect(said(table('t', 1_452))).toMatchObject({
    'Read the log': `1,452 segments of the log archive, 39.6 MB and at most 1,200 changed rows, up to ${at}.`,
    'Load rows':
      '1,000,028 rows from backup b1, each as the log left it, over 4 connections a node; at most 52.4 MB a second.',
  });
});

test('segments that several tables may share are not added up', () => {
  expect(said(table('t', 3), table('u', 3))['Read the log']).toBe(
    `The log archive, 79.3 MB and at most 2,400 changed rows, up to ${at}.`,
  );
});
