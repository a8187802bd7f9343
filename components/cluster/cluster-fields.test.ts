import { expect, test } from 'vitest';
import { clusterInputOf, emptyCluster, emptyCredentials, problemsOf } from '#components/cluster/cluster-fields.ts';
import { registerClusterInput } from '#server/contract/cluster.ts';

const bank = {
  ...emptyCluster,
  name: 'bank',
  host: 'db.example',
  database: 'postgres',
  main: { ...emptyCredentials, user: 'tidemark', password: ' with space ' },
  storage: { ...emptyCredentials, user: 'tidemark' },
};

test('a filled form is what the API takes, with the password as it was typed', () => {
  const input = registerClusterInput.parse(clusterInputOf(bank));
  expect(input).toMatchObject({ address: { port: 5432 }, credentials: { password: ' with space ' } });
});

test('certificates that were typed count only while TLS is on', () => {
  const main = { ...bank.main, ca: '-----BEGIN CERTIFICATE-----' };
  expect(clusterInputOf({ ...bank, main }).credentials.tls).toEqual({ mode: 'disable' });
  expect(clusterInputOf({ ...bank, main: { ...main, tlsMode: 'verify-ca' } }).credentials.tls).toMatchObject({
    ca: main.ca,
    cert: undefined,
  });
});

test('a port that is no number is refused under its own name', () => {
  const found = registerClusterInput.safeParse(clusterInputOf({ ...bank, port: '54x' }));
  expect(problemsOf(found.error!.issues)).toEqual([
    { field: 'address.port', message: 'Port: is missing or not a value it can have' },
  ]);
});

test('a mysql cluster carries neither a database nor storage credentials', () => {
  const input = clusterInputOf({ ...bank, kind: 'mysql' });
  expect(input.address.database).toBe('');
  expect(input).not.toHaveProperty('storageCredentials');
});

test('replicas are one a line; a line that is none is refused under their name', () => {
  const replicas = 's1=10.0.0.5:3306\n\n s2=[fd00::5]:3307 ';
  expect(registerClusterInput.parse(clusterInputOf({ ...bank, replicas })).replicas).toEqual([
    { node: 's1', host: '10.0.0.5', port: 3306 },
    { node: 's2', host: 'fd00::5', port: 3307 },
  ]);
  const found = registerClusterInput.safeParse(clusterInputOf({ ...bank, replicas: '10.0.0.5:3306' }));
  expect(problemsOf(found.error!.issues)[0]).toEqual({
    field: 'replicas',
    message: 'Replicas: is missing or not a value it can have',
  });
  const shop = clusterInputOf({ ...bank, kind: 'mysql', replicas: '10.0.0.5:3306' });
  expect(shop.replicas).toEqual([{ node: 'bank', host: '10.0.0.5', port: 3306 }]);
});
