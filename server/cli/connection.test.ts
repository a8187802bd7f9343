import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readConnection } from './connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'cli-token'), 'tm_local\n');

test('a console on this machine is met with the token of the data folder', () => {
  expect(readConnection({ TIDEMARK_DATA: folder })).toEqual({ url: 'http://127.0.0.1:3000', token: 'tm_local' });
  expect(readConnection({ TIDEMARK_DATA: folder, TIDEMARK_URL: 'http://[::1]:8/' }).token).toBe('tm_local');
});

test('that token is never sent to another machine', () => {
  const env = { TIDEMARK_DATA: folder, TIDEMARK_URL: 'https://console.example' };
  expect(() => readConnection(env)).toThrow(expect.objectContaining({ code: 'auth/required' }));
  expect(() => readConnection({ ...env, TIDEMARK_URL: 'http://127.0.0.1.evil.example' })).toThrow(/no token/);
  expect(readConnection({ ...env, TIDEMARK_TOKEN: 'tm_own' }).token).toBe('tm_own');
});

test('without any token both ways to give one are said', () => {
  expect(() => readConnection({ TIDEMARK_DATA: join(folder, 'absent') })).toThrow(
    expect.objectContaining({ code: 'auth/required', hint: expect.stringMatching(/TIDEMARK_TOKEN.*TIDEMARK_DATA/) }),
  );
});

test('an address that is none is refused by the name of its variable', () => {
  expect(() => readConnection({ TIDEMARK_URL: 'console' })).toThrow(
    expect.objectContaining({ code: 'config/invalid' }),
  );
});
