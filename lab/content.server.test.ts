import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentOf, sameContent } from '#lab/content.ts';
import { type Lab, labUp } from '#lab/up.ts';
import { nodeNamed } from './node.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-content-'));
let lab: Lab;

beforeAll(async () => {
  lab = await labUp({ folder, clusters: ['bank'], rows: 1_000, ephemeral: true });
});
afterAll(async () => {
  await lab?.down();
  rmSync(folder, { recursive: true, force: true });
});

const accounts = () => contentOf(lab.nodes, 'bank', 'public.transfer_account');
const onShard1 = (sql: string) =>
  nodeNamed(lab.nodes, 'bank-shard_1').mariadb!.sql(`USE \`postgres_$$_public\`; ${sql}`);

test('every row of every fragment counts, and one changed cell, a NULL or a moved row is seen', async () => {
  const whole = await accounts();
  expect(whole).toMatchObject({ rows: 1_000n, fragments: 4 });
  expect(sameContent(whole, await accounts())).toBe(true);

  await onShard1('UPDATE transfer_account_p0 SET memo = NULL WHERE memo IS NOT NULL ORDER BY id LIMIT 1');
  const oneCell = await accounts();
  expect(oneCell.rows).toBe(1_000n);
  expect(sameContent(whole, oneCell)).toBe(false);

  await onShard1("UPDATE transfer_account_p0 SET memo = 'NULL' WHERE memo IS NULL ORDER BY id LIMIT 1");
  expect(sameContent(oneCell, await accounts())).toBe(false);
});

test('a row counts the same in whichever fragment it lies', async () => {
  const before = await accounts();
  await onShard1(`INSERT INTO transfer_account_p2 SELECT * FROM transfer_account_p0 ORDER BY id LIMIT 1;
    DELETE FROM transfer_account_p0 ORDER BY id LIMIT 1`);
  expect(sameContent(before, await accounts())).toBe(true);
});

test('names that need quoting are read', async () => {
  expect((await contentOf(lab.nodes, 'bank', 'public."Fee ""2026"""')).rows).toBe(100n);
  expect((await contentOf(lab.nodes, 'bank', 'public."转账 记录"')).rows).toBe(100n);
});
