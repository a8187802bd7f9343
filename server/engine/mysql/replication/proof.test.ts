import { expect, test } from 'vitest';
import type { LogPlace } from '#server/manifest/log-schema.ts';
import { fileOf, gtid, type LooseEvent, query, rotate, tell } from '../log-archive/event-encoder-fixture.ts';
import { placeAfter } from './continue-log.ts';
import { LogFiles } from './log-files-fixture.ts';
import { NotTheSameLog, Proof, type ProofOf } from './proof.ts';

const group = (n: number, timestamp = 1_700_000_000): LooseEvent[] => [gtid(n, { timestamp }), query(`INSERT ${n}`)];
const list = (...sequences: number[]): LooseEvent => {
  const body = Buffer.alloc(4 + sequences.length * 16);
  body.writeUInt32LE(sequences.length);
  sequences.forEach((sequence, i) => {
    body.writeUInt32LE(1, 4 + i * 16 + 4);
    body.writeBigUInt64LE(BigInt(sequence), 4 + i * 16 + 8);
  });
  return { type: 163, body };
};

const eventsOf = (file: Buffer): number[] => {
  const places: number[] = [];
  for (let at = 4; at < file.length; at += file.readUInt32LE(at + 9)) places.push(at);
  return places;
};

/** What reaches a sink of a file that is told from `from` on; the proof is opened as soon as it holds. */
function proven(of: ProofOf, file: Buffer, from = 4): Buffer {
  const sink = new LogFiles();
  const proof = new Proof(of);
  let opened = false;
  const between = () => {
    if (opened || !proof.full) return;
    opened = true;
    proof.open(sink);
  };
  tell(proof, 'f', file, { from, between });
  between();
  expect(opened).toBe(true);
  expect(proof.full).toBe(false);
  return sink.content('f');
}

test('the last event, read again, is proof and is not passed on', () => {
  const file = fileOf([...group(1), ...group(2), ...group(3)]);
  const at = eventsOf(file);
  const [from, next] = [at[4]!, at[5]!];
  const last = {
    position: String(from),
    head: file.toString('hex', from, from + 19),
    tail: file.toString('hex', next - 4, next),
  };
  expect(proven({ kind: 'event', last }, file, from).equals(file.subarray(next))).toBe(true);
  const other = { ...last, tail: '00000000' };
  expect(() => proven({ kind: 'event', last: other }, file, from)).toThrow(NotTheSameLog);
  expect(() => proven({ kind: 'event', last: { ...last, head: last.head.replace(/^../, 'ff') } }, file, from)).toThrow(
    NotTheSameLog,
  );
});

test('a file before which the same transactions were written goes on with the log, wholly', () => {
  const file = fileOf([list(7, 9), ...group(10)]);
  expect(proven({ kind: 'list', gtids: ['0-1-9', '0-1-7'] }, file).equals(file)).toBe(true);
  for (const gtids of [['0-1-9'], ['0-1-7', '0-1-8'], []]) {
    expect(() => proven({ kind: 'list', gtids }, file)).toThrow(NotTheSameLog);
  }
  expect(() => proven({ kind: 'list', gtids: [] }, fileOf(group(1)))).toThrow(NotTheSameLog);
});

test('the last group is proof by its time, and what follows it is passed on', () => {
  const file = fileOf([...group(5), rotate('g')]);
  const last = { gtid: '0-1-5', before: '0-1-4', timestamp: 1_700_000_000, open: false };
  const behind = fileOf([...group(5), ...group(6)]);
  expect(proven({ kind: 'group', group: last }, behind).equals(behind.subarray(eventsOf(behind)[3]!))).toBe(true);
  expect(proven({ kind: 'group', group: last }, file).length).toBe(0);
  expect(() => proven({ kind: 'group', group: { ...last, timestamp: 1 } }, behind)).toThrow(NotTheSameLog);
  expect(() => proven({ kind: 'group', group: { ...last, gtid: '0-1-4' } }, behind)).toThrow(NotTheSameLog);
});

test('a group of which only a part was archived is sent anew, whole', () => {
  const file = fileOf([...group(5), ...group(6)]);
  const open = { gtid: '0-1-5', before: '0-1-4', timestamp: 1_700_000_000, open: true };
  expect(proven({ kind: 'group', group: open }, file).equals(file.subarray(eventsOf(file)[1]!))).toBe(true);
  const place: LogPlace = {
    ...{ server: { id: 1, uuid: null, version: '' }, file: 'f', position: '9', last: null, nextFile: null },
    ...{ gtids: ['1-1-3', '0-1-5'], group: open, time: 5, context: ['AAAA'] },
  };
  expect(placeAfter(place, 'group')).toMatchObject({ gtids: ['1-1-3', '0-1-4'], group: null, context: [], time: 5 });
});
