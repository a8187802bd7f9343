import { describe, expect, it } from 'vitest';
import { estimate } from './estimate.ts';
import { placePieces } from './placement.ts';
import { storageDatabase, storageTable } from './storage-name.ts';
import { keptName, type TargetNaming, targetName } from './target-name.ts';

const now = new Date('2026-11-20T10:15:00Z');
const same: TargetNaming = {
  sourceKind: 'fdw',
  targetKind: 'fdw',
  sameCluster: true,
  clean: false,
  targetDatabase: 'postgres',
  now,
};
const source = { database: 'postgres', schema: 'public', table: 'transfer_account' };

describe('the target of a table', () => {
  it('lies beside the live table under a name with the time', () => {
    expect(targetName(source, null, 'x', same)).toEqual({
      ...source,
      table: 'transfer_account_restored_20261120_101500',
    });
  });

  it("is the own name in place, and in another cluster that cluster's database", () => {
    expect(targetName(source, null, 'x', { ...same, clean: true })).toEqual(source);
    expect(targetName(source, null, 'x', { ...same, sameCluster: false, targetDatabase: 'app' })).toEqual({
      ...source,
      database: 'app',
    });
  });

  it('on mysql is the database of the rows', () => {
    const naming: TargetNaming = { ...same, sameCluster: false, targetKind: 'mysql', targetDatabase: '' };
    expect(targetName(source, null, 'postgres_$$_public', naming)).toEqual({
      database: 'postgres_$$_public',
      schema: '',
      table: 'transfer_account',
    });
  });

  it('refuses a name that is too long or of another database, naming the bound', () => {
    expect(() => targetName(source, `postgres.public.${'é'.repeat(32)}`, 'x', same)).toThrow(/63 bytes/);
    expect(() => targetName(source, 'other.public.t', 'x', same)).toThrow(/database postgres/);
  });

  it('keeps a 63-byte name within its limits', () => {
    const long = { ...source, table: 'x'.repeat(63) };
    expect(Buffer.byteLength(targetName(long, null, 'x', same).table)).toBeLessThanOrEqual(63);
    expect(keptName('x'.repeat(64), now)).toHaveLength(64);
  });
});

describe('storage names', () => {
  it("follow Klustron's rule into another schema only where the source follows it", () => {
    const target = { ...source, schema: 'acct' };
    expect(storageDatabase('postgres_$$_public', source, target)).toBe('postgres_$$_acct');
    expect(storageDatabase('shop', source, target)).toBe('shop');
    expect(storageDatabase('postgres_$$_public', source, { ...source, table: 'other' })).toBe('postgres_$$_public');
  });

  it('hold no character a storage node refuses, and stay apart', () => {
    expect(storageTable('MixedCase 转账 "$$')).toBe('MixedCase 转账 "$$');
    expect(storageTable('a😀')).not.toMatch(/[\u{10000}-\u{10ffff}]/u);
    expect(storageTable('a ')).not.toBe(storageTable('a  '));
  });
});

describe('placement', () => {
  const nodes = [
    { name: 'a', freeBytes: 100, tableBytes: 5 },
    { name: 'b', freeBytes: 300, tableBytes: 9 },
  ];
  const pieces = ['p0', 'p1', 'p2', 'p3'].map((key) => ({ key, bytes: 10, wanted: null as string | null }));

  it('shares pieces in proportion to free space', () => {
    const placed = new Map<string, number>();
    placePieces(pieces, nodes, placed);
    expect(Object.fromEntries(placed)).toEqual({ a: 10, b: 30 });
  });

  it('takes nodes for equal when one cannot tell its space, and counts what other tables took', () => {
    const unknown = [{ ...nodes[0]!, freeBytes: null }, nodes[1]!];
    const placed = new Map<string, number>([['a', 20]]);
    placePieces(pieces, unknown, placed);
    expect(Object.fromEntries(placed)).toEqual({ a: 30, b: 30 });
  });

  it('honours a wish and refuses a node that is not there', () => {
    const chosen = placePieces([{ ...pieces[0]!, wanted: 'a' }], nodes, new Map());
    expect(chosen.get('p0')).toBe('a');
    expect(() => placePieces([{ ...pieces[0]!, wanted: 'z' }], nodes, new Map())).toThrow(/no storage node z/);
  });
});

it('an estimate is a span from earlier restores, and nothing without them', () => {
  expect(estimate(10 * 1024 ** 2, [])).toBeNull();
  expect(estimate(10 * 1024 ** 2, [10, 20, 30, 40, 1_000])).toEqual({ lowMs: 200, highMs: 10_000, restores: 5 });
});
