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
