import { expect, test } from 'vitest';
import { replicaOf } from './replica.ts';

const bank = { name: 'bank', kind: 'fdw' } as const;
const shop = { name: 'shop', kind: 'mysql' } as const;

test('a replica is named by its node and address; the only node of kind mysql needs no name', () => {
  expect(replicaOf('s1=10.0.0.5:3307', bank)).toEqual({ node: 's1', host: '10.0.0.5', port: 3307 });
  expect(replicaOf('s1=[fd00::5]:3306', bank)).toEqual({ node: 's1', host: 'fd00::5', port: 3306 });
  expect(replicaOf('replica.lan:3306', shop)).toEqual({ node: 'shop', host: 'replica.lan', port: 3306 });
});

test.each(['10.0.0.5:3306', 's1=10.0.0.5', 's1=:3306', 's1=a:0', 's1=a:99999', 's1=fd00::5:3306'])(
  'refuses %s',
  (text) => {
    expect(() => replicaOf(text, bank)).toThrow(/is not node=host:port/);
  },
);
