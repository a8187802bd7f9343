import { expect, test } from 'vitest';
import { checkPacket } from './check-packet.ts';

const MiB = 1024 ** 2;
const state = (packet: number, ...bytes: (number | null)[]) =>
  checkPacket(
    's1',
    packet,
    bytes.map((size, n) => ({ table: `d.t${n}`, bytes: size })),
  ).state;

test('a row that is known not to fit stops the restore before it begins, and its table is named', () => {
  const found = checkPacket('s1', 16 * MiB, [
    { table: 'd.small', bytes: 1_000 },
    { table: 'd.blobs', bytes: 100 * MiB },
  ]);
  expect(found).toMatchObject({ state: 'bad', detail: 'd.blobs has a row of 105 MB; max_allowed_packet is 16.8 MB' });
  expect(found.fix).toContain('max_allowed_packet');
});

test('rows that fit are no word worth, however small the packet', () => {
  expect(state(4 * MiB, 3 * MiB, 200_000)).toBe('ok');
  expect(state(MiB, 325_632)).toBe('ok');
});

test('what was not measured exactly, or not at all, is a warning', () => {
  expect(state(65_536, 325_632)).toBe('warn');
  expect(state(4 * MiB, null)).toBe('warn');
  expect(state(64 * MiB, null)).toBe('ok');
});
