import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { holdQuietInstall } from './quiet-install.ts';

let root: string;
let policy: string;
let clusters: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tidemark-quiet-'));
  mkdirSync(join(root, 'usr/sbin'), { recursive: true });
  policy = join(root, 'usr/sbin/policy-rc.d');
  clusters = join(root, 'etc/postgresql-common/createcluster.conf');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function layExisting() {
  mkdirSync(join(root, 'etc/postgresql-common'), { recursive: true });
  writeFileSync(policy, '#!/bin/sh\nexit 0\n', { mode: 0o711 });
  writeFileSync(clusters, "create_main_cluster = true\nstart_conf = 'auto'", { mode: 0o640 });
}

test('while held, services may not start and no cluster is made', () => {
  layExisting();
  const quiet = holdQuietInstall(root);
  expect(readFileSync(policy, 'utf8')).toMatch(/\nexit 101\n$/);
  expect(statSync(policy).mode & 0o111).not.toBe(0);
  expect(readFileSync(clusters, 'utf8')).toMatch(/\ncreate_main_cluster = false\n$/);
  quiet.release();
});

test('existing files come back as the very same files', () => {
  layExisting();
  const before = [policy, clusters].map((path) => statSync(path));
  holdQuietInstall(root).release();
  const after = [policy, clusters].map((path) => statSync(path));
  for (const [at, old] of before.entries()) {
    expect(after[at]).toMatchObject({ ino: old.ino, mode: old.mode, mtimeMs: old.mtimeMs, size: old.size });
  }
  expect(readdirSync(join(root, 'usr/sbin'))).toEqual(['policy-rc.d']);
  expect(readdirSync(join(root, 'etc/postgresql-common'))).toEqual(['createcluster.conf']);
});

test('what was not there is not there afterwards', () => {
  const quiet = holdQuietInstall(root);
  expect(readFileSync(join(root, 'etc/postgresql-common/createcluster.d/tidemark.conf'), 'utf8')).toContain('= false');
  expect(existsSync(clusters)).toBe(false);
  quiet.release();
  expect(readdirSync(root)).toEqual(['usr']);
  expect(readdirSync(join(root, 'usr/sbin'))).toEqual([]);
});

test('a folder that a package began to use meanwhile stays', () => {
  const quiet = holdQuietInstall(root);
  writeFileSync(clusters, '# installed\n');
  quiet.release();
  expect(readFileSync(clusters, 'utf8')).toBe('# installed\n');
  expect(readdirSync(join(root, 'etc/postgresql-common'))).toEqual(['createcluster.conf']);
});

test('a holder that was killed is made good by the next one', () => {
  layExisting();
  const before = statSync(policy).ino;
  holdQuietInstall(root); // never released
  holdQuietInstall(root).release();
  expect(statSync(policy).ino).toBe(before);
  expect(readFileSync(clusters, 'utf8')).toBe("create_main_cluster = true\nstart_conf = 'auto'");
});

test('when the second file cannot be held the first is put back', () => {
  layExisting();
  rmSync(clusters);
  mkdirSync(clusters); // a folder: cannot be read as a file
  expect(() => holdQuietInstall(root)).toThrow();
  expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
});

test('releasing twice changes nothing', () => {
  layExisting();
  const quiet = holdQuietInstall(root);
  quiet.release();
  quiet.release();
  expect(readFileSync(policy, 'utf8')).toBe('#!/bin/sh\nexit 0\n');
});
