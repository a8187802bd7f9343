import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readTls, storageTls } from './tls.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ca = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';

test('nothing said is nothing', () => expect(readTls({}, '')).toBeUndefined());

test('a CA alone means to verify everything with it', () => {
  expect(readTls({ storageTlsCa: file('ca.pem', ca) }, 'storage-')).toEqual({ mode: 'verify-full', ca });
});

test('storage nodes are reached as safely as the named address unless said otherwise', () => {
  const main = { mode: 'verify-full', ca, serverName: 'cn.example' } as const;
  expect(storageTls(undefined, main)).toEqual({ mode: 'verify-full', ca });
  expect(storageTls({ mode: 'disable' }, main)).toEqual({ mode: 'disable' });
});

test('a file that is missing, or holds no PEM, is named', () => {
  expect(() => readTls({ tlsCa: join(folder, 'absent') }, '')).toThrow(/absent.*ENOENT/);
  expect(() => readTls({ tlsKey: file('key.txt', 'not a key') }, '')).toThrow(/--tls-key/);
});
