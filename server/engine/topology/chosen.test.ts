import { expect, test } from 'vitest';
import { TidemarkError } from '#server/base/error.ts';
import { type Scope, scopeInput } from '#server/contract/scope.ts';
import { chooseRelations } from './chosen.ts';
import type { Relation, Survey } from './survey.ts';

const relation = (schema: string, table: string, kind: Relation['kind'] = 'table'): Relation => ({
  name: { database: 'postgres', schema, table },
  kind,
  places: [],
  problem: null,
});
const survey: Survey = {
  kind: 'fdw',
  nodes: [],
  relations: [
    relation('odd.schema', 'Fee "2026"'),
    relation('public', 'a', 'partitioned'),
    relation('public', 'b'),
    relation('public', 'v', 'view'),
  ],
  partitionOf: new Map([['postgres.public.a_p0', { database: 'postgres', schema: 'public', table: 'a' }]]),
};
const chosen = (scope: Partial<Scope>) => chooseRelations(survey, scopeInput.parse(scope)).map((one) => one.name.table);
const failure = (scope: Partial<Scope>) => {
  try {
    chosen(scope);
  } catch (error) {
    if (error instanceof TidemarkError) return error;
  }
  throw new Error('did not fail');
};

test('everything means every table, and no view', () => {
  expect(chosen({ all: true })).toEqual(['Fee "2026"', 'a', 'b']);
  expect(chosen({ schemas: ['postgres."odd.schema"'] })).toEqual(['Fee "2026"']);
});

test('a name may be quoted more than it must be', () => {
  expect(chosen({ tables: ['"postgres"."public"."a"', 'postgres."odd.schema"."Fee ""2026"""'] })).toEqual([
    'Fee "2026"',
    'a',
  ]);
});

test('what is excluded is left out even when it is named', () => {
  expect(chosen({ tables: ['postgres.public.a', 'postgres.public.b'], exclude: ['*.b'] })).toEqual(['a']);
});

test('a table that is named and not there is an error, and a partition says what it is part of', () => {
  expect(failure({ tables: ['postgres.public.A'] }).code).toBe('table/not-found');
  const partition = failure({ tables: ['postgres.public.a_p0'] });
  expect(partition.code).toBe('table/not-found');
  expect(partition.hint).toContain('postgres.public.a.');
  expect(failure({ tables: ['postgres.public.v'] }).code).toBe('table/unsupported');
  expect(failure({ tables: ['public.a'] }).code).toBe('input/invalid');
});

test('a scope that takes nothing is an error', () => {
  expect(failure({ patterns: ['shop.*'] }).code).toBe('backup/no-tables');
});
