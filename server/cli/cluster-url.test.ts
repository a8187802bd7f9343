import { expect, test } from 'vitest';
import type { ClusterKind } from '#server/contract/cluster.ts';
import { parseClusterUrl } from './cluster-url.ts';

test.each<[string, ClusterKind, object]>([
  [
    'postgres://me@db.example:5433/bank',
    'fdw',
    { user: 'me', address: { host: 'db.example', port: 5433, database: 'bank' } },
  ],
  ['postgresql://me@db/bank', 'klustron', { user: 'me', address: { host: 'db', port: 5432, database: 'bank' } }],
  ['mysql://a%40b@[::1]', 'mysql', { user: 'a@b', address: { host: '::1', port: 3306, database: '' } }],
])('reads %s', (text, kind, wanted) => {
  expect(parseClusterUrl(text, kind)).toEqual(wanted);
});

test('a password in a URL is refused, is not repeated, and its right place is said', () => {
  try {
    parseClusterUrl('mysql://me:s3cret@db/x', 'mysql');
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'input/invalid', hint: expect.stringContaining('--password-env') });
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret');
  }
});

test.each<[string, ClusterKind, RegExp]>([
  ['me:s3cret@db', 'mysql', /fit/],
  ['//me:s3cret@db', 'mysql', /not a URL/],
  ['postgres://me@db/x', 'mysql', /fit/],
  ['mysql://me@db', 'fdw', /fit/],
  ['postgres://db/x', 'fdw', /no user/],
  ['postgres://me@db/x?sslmode=require', 'fdw', /options/],
])('refuses %s for kind %s without repeating it', (text, kind, message) => {
  expect(() => parseClusterUrl(text, kind)).toThrow(message);
  expect(() => parseClusterUrl(text, kind)).not.toThrow(/s3cret/);
});
