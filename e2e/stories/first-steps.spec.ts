import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { nodeNamed } from '#lab/node.ts';
import { expect, test } from '../story.ts';

test.describe.configure({ mode: 'serial' });

test('a connection that is tried with a wrong password says so and what to do, and registers nothing', async ({
  page,
  stage,
}) => {
  const { host, port } = nodeNamed(stage.nodes, 'bank-computing');
  await fillBank(page, { host, port, password: 'wrong' });
  await page.getByRole('button', { name: 'Test connection' }).click();
  const found = page.getByRole('region', { name: 'Cluster' });
  await expect(found.getByText('Problems')).toBeVisible();
  await expect(found.getByText(/refused user tidemark|access denied|password/i).first()).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Nothing was saved: a node could not be opened.')).toBeVisible();
  await page.goto('/clusters');
  await expect(page.getByText('No cluster is registered')).toBeVisible();
});

test('a cluster is registered by clicking: tried first, then saved, then seen with its nodes, checks and tables', async ({
  page,
  stage,
}) => {
  const { host, port, password } = nodeNamed(stage.nodes, 'bank-computing');
  await page.goto('/overview');
  await page.getByRole('link', { name: 'Clusters' }).click();
  await page.getByRole('link', { name: 'Register a cluster' }).click();
  await fillBank(page, { host, port, password });
  await page.getByRole('button', { name: 'Test connection' }).click();
  await expect(page.getByText('3 nodes found, 3 nodes reached')).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();

  await expect(page).toHaveURL(/\/clusters\/bank$/);
  const picture = page.getByRole('region', { name: 'Topology' });
  for (const node of ['shard_1', 'shard_2']) await expect(picture.getByText(node).first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'Checks' })).toContainText(/check|good/i);

  const tables = page.getByRole('table', { name: 'Tables of bank' });
  await expect(tables.getByRole('row').filter({ hasText: 'transfer_account' })).toContainText('4 fragments');
  await page.getByLabel('Search tables').fill('fee');
  await expect(tables.getByRole('row').filter({ hasText: 'Fee ""2026""' })).toBeVisible();
  await expect(tables.getByRole('row').filter({ hasText: 'transfer_account' })).toHaveCount(0);
  await expect(page).toHaveURL(/text=fee/);
  await page.reload();
  await expect(tables.getByRole('row').filter({ hasText: 'Fee ""2026""' })).toBeVisible();
});

test('no password of a cluster is ever in what the browser gets', async ({ page, stage }) => {
  const { password } = nodeNamed(stage.nodes, 'bank-computing');
  const seen: string[] = [];
  page.on('response', async (response) => {
    seen.push(await response.text().catch(() => ''));
  });
  for (const path of ['/clusters', '/clusters/bank', '/jobs', '/overview']) {
    await page.goto(path);
    await page.waitForLoadState('load');
  }
  expect(seen.length).toBeGreaterThan(10);
  expect(seen.filter((text) => text.includes(password))).toEqual([]);
});

test('a destination is added by clicking and says what it can', async ({ page, stage }) => {
  const path = join(stage.folder, 'backups');
  mkdirSync(path);
  await page.goto('/destinations');
  await page.getByRole('link', { name: 'Add a destination' }).click();
  await page.getByLabel('Name').fill('vault');
  await page.getByLabel('Path').fill(path);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/destinations\/vault$/);
  await expect(page.getByText('never overwrites')).toBeVisible();
});

test('the other clusters of the lab are registered the same way', async ({ page, stage }) => {
  const bank2 = nodeNamed(stage.nodes, 'bank2-computing');
  await page.goto('/clusters/new');
  await fillCluster(page, { ...bank2, name: 'bank2' });
  await page.getByLabel('Database').fill('postgres');
  await fillStorage(page, bank2);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/clusters\/bank2$/);

  const shop = nodeNamed(stage.nodes, 'shop');
  await page.goto('/clusters/new');
  await page.getByRole('radio', { name: /^mysql/ }).click();
  await fillCluster(page, { ...shop, name: 'shop' });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page).toHaveURL(/\/clusters\/shop$/);
  await expect(page.getByRole('table', { name: 'Tables of shop' }).getByText('every_type')).toBeVisible();
});

async function fillBank(page: Page, computing: { host: string; port: number; password: string }): Promise<void> {
  await page.goto('/clusters/new');
  await fillCluster(page, { ...computing, name: 'bank' });
  await page.getByLabel('Database').fill('postgres');
  await fillStorage(page, computing);
}

async function fillCluster(page: Page, node: { name: string; host: string; port: number; password: string }) {
  await page.getByLabel('Name', { exact: true }).fill(node.name);
  await page.getByLabel('Host').fill(node.host);
  await page.getByLabel('Port').fill(String(node.port));
  const main = page.getByRole('group', { name: /^Credentials/ });
  await main.getByLabel('User').fill('tidemark');
  await main.getByLabel('Password', { exact: true }).fill(node.password);
}

async function fillStorage(page: Page, { password }: { password: string }): Promise<void> {
  const storage = page.getByRole('group', { name: /^Storage credentials/ });
  await storage.getByLabel('User').fill('tidemark');
  await storage.getByLabel('Password', { exact: true }).fill(password);
}
