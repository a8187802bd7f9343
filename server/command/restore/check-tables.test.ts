import { expect, it } from 'vitest';
import type { Manifest } from '#server/manifest/schema.ts';
import { checkTables } from './check-tables.ts';

const withCut = (proven: boolean) => ({ cut: { proven, reason: proven ? '' : 'commits were not held' } }) as Manifest;
const cutOf = (proven: boolean, apart: string[]) =>
  checkTables([], withCut(proven), new Map(), apart).find((check) => check.id === 'cut')!;

it('only a backup whose cut is proven, and holds for every piece, is said to be of one instant', () => {
  expect(cutOf(true, [])).toMatchObject({ state: 'ok', label: 'All pieces are of one instant' });
  expect(cutOf(false, [])).toMatchObject({ state: 'warn', detail: 'commits were not held' });
  const apart = cutOf(true, ['shop.orders']);
  expect(apart).toMatchObject({ state: 'warn', label: 'Not all pieces are of one instant' });
  expect(apart.detail).toContain('shop.orders');
  expect(cutOf(false, ['shop.orders']).detail).toContain('commits were not held');
});
