import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generatedName, nameFits, nameStamp } from './generated-name.ts';

const suffix = '_restored_20261120_101500';

describe('generatedName', () => {
  it('keeps a name that fits as it is', () => {
    expect(generatedName('transfer_account', suffix, 'postgres')).toBe(`transfer_account${suffix}`);
    expect(generatedName('a'.repeat(39), suffix, 'mysql')).toHaveLength(64);
  });

  it('never passes 63 bytes on PostgreSQL nor 64 characters on MySQL, keeps the suffix and cuts no character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), (base) => {
        const postgres = generatedName(base, suffix, 'postgres');
        expect(Buffer.byteLength(postgres)).toBeLessThanOrEqual(63);
        expect(postgres.endsWith(suffix)).toBe(true);
        expect(Buffer.from(postgres).toString()).toBe(postgres);
        expect(nameFits(generatedName(base, suffix, 'mysql'), 'mysql')).toBe(true);
      }),
    );
  });

  it('fits even when the suffix alone is too long', () => {
    expect(nameFits(generatedName('t', 'é'.repeat(60), 'postgres'), 'postgres')).toBe(true);
  });

  it('gives two long names that differ only in their tail two names', () => {
    const long = 'x'.repeat(70);
    expect(generatedName(`${long}a`, suffix, 'postgres')).not.toBe(generatedName(`${long}b`, suffix, 'postgres'));
    expect(generatedName(`${long}a`, '', 'mysql')).not.toBe(generatedName(`${long}b`, '', 'mysql'));
  });
});

it('nameStamp writes UTC whatever the zone', () => {
  expect(nameStamp(new Date('2026-11-20T10:15:00+02:00'))).toBe('20261120_081500');
});
