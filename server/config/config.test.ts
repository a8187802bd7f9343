import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import { readEnvironment } from './environment.ts';
import { keyringOf, openKeyring } from './keyring.ts';
import { open, seal } from './seal.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const errorOf = (work: () => unknown): TidemarkError => {
  try {
    work();
  } catch (error) {
    if (error instanceof TidemarkError) return error;
  }
  throw new Error('no TidemarkError was thrown');
};

test('without a variable everything has its default, and paths are absolute', () => {
  const config = readEnvironment({});
  expect(config).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    databaseUrl: null,
    logLevel: 'info',
    withConsole: true,
  });
  expect(config.dataFolder).toBe(join(process.cwd(), 'data'));
  expect(config.scratchFolder).toBe(join(process.cwd(), 'data/scratch'));
});

test.each([
  ['PORT', 'http'],
  ['PORT', '70000'],
  ['HOST', 'a b'],
  ['DATABASE_URL', 'mysql://x/y'],
  ['TIDEMARK_SECRET_KEY', 'short'],
  ['TIDEMARK_EXECUTOR_NAME', '-x'],
  ['TIDEMARK_LOG_LEVEL', 'loud'],
])('a bad %s stops the start and names variable, problem and an example', (name, value) => {
  const error = errorOf(() => readEnvironment({ [name]: value }));
  expect(error.code).toBe('config/invalid');
  expect(error.message).toMatch(new RegExp(`^${name} i`));
  expect(error.hint).toMatch(/^Set it to something like: ./);
});

test('the value of a secret is in no message', () => {
  const value = 'abcdefghijklmnopqrstuvwxyz';
  const error = errorOf(() => readEnvironment({ TIDEMARK_SECRET_KEY: value }));
  expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain(value);
});

test('a secret key is made once, for its owner only, and stays the same', () => {
  const first = openKeyring({ secretKey: null, dataFolder: folder });
  const file = join(folder, 'secret.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(openKeyring({ secretKey: null, dataFolder: folder })).toEqual(first);
  expect(openKeyring({ secretKey: readFileSync(file, 'utf8').trim(), dataFolder: '/nowhere' })).toEqual(first);
});

test('what was sealed opens with the same key at the same place', () => {
  const keyring = keyringOf(Buffer.alloc(32, 1));
  expect(open(keyring, seal(keyring, 'pässword', 'row 1'), 'row 1')).toBe('pässword');
  expect(seal(keyring, 'x', 'row 1')).not.toBe(seal(keyring, 'x', 'row 1'));
});

test('another key, another place or a changed bit does not open', () => {
  const keyring = keyringOf(Buffer.alloc(32, 1));
  const sealed = seal(keyring, 'password', 'row 1');
  const parts = sealed.split('.');
  const bytes = Buffer.from(parts[3]!, 'base64url');
  bytes[0]! ^= 1;
  const changed = [...parts.slice(0, 3), bytes.toString('base64url')].join('.');
  const tries = [
    () => open(keyringOf(Buffer.alloc(32, 2)), sealed, 'row 1'),
    () => open(keyring, sealed, 'row 2'),
    () => open(keyring, changed, 'row 1'),
    () => open(keyring, 'nonsense', 'row 1'),
  ];
  for (const attempt of tries) expect(hasCode(errorOf(attempt), 'secret/key-mismatch')).toBe(true);
});
