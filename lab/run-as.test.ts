import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseRunAs, commandAs } from './run-as.ts';

const isRoot = process.getuid?.() === 0;
const users = ['no-such-user', 'nobody'];
let parent: string;
let folder: string;
let data: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tidemark-run-as-'));
  folder = join(parent, 'server');
  data = join(folder, 'data');
  mkdirSync(folder, { mode: 0o700 });
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

test.skipIf(isRoot)('who is not root runs servers as himself', () => {
  expect(chooseRunAs(folder, data, users)).toEqual({ kind: 'self' });
});

describe.runIf(isRoot)('as root', () => {
  test('where others may enter, the server runs as the first user that exists', () => {
    chmodSync(parent, 0o711);
    expect(chooseRunAs(folder, data, users)).toMatchObject({ kind: 'user', uid: 65_534 });
  });

  test('where only root may enter, the server runs in a namespace and the folders stay closed', () => {
    expect(chooseRunAs(folder, data, users, () => true)).toEqual({ kind: 'namespace' });
    expect(statSync(parent).mode & 0o777).toBe(0o700);
  });

  test('without namespaces, our own temporary folders are opened for passing through and no more', () => {
    expect(chooseRunAs(folder, data, users, () => false)).toMatchObject({ kind: 'user', uid: 65_534 });
    expect(statSync(parent).mode & 0o777).toBe(0o701);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('without namespaces, a closed folder that is not temporary is named', () => {
    expect(() => chooseRunAs('/root/tidemark', data, users, () => false)).toThrow('only root may enter /root');
  });

  test('an existing data folder is never switched to another owner', () => {
    mkdirSync(data);
    chmodSync(parent, 0o711);
    expect(chooseRunAs(folder, data, users)).toEqual({ kind: 'namespace' });
  });
});

test('the signal of death is set last, after every change of identity', () => {
  const command = commandAs({ kind: 'namespace' }, ['/bin/server', '-x'], 'TERM');
  expect(command.slice(-5)).toEqual(['--pdeathsig', 'TERM', '--', '/bin/server', '-x']);
  expect(command[0]).toMatch(/unshare$/);
});
