import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { holdTable } from '#lab/hold-table.ts';
import { nodeNamed } from '#lab/node.ts';
import { checkLooks } from '../looks.ts';
import { processOf } from '../processes.ts';
import { expect, test } from '../story.ts';
import type { Stage } from '../world.ts';

const hold = (stage: Stage) => holdTable(nodeNamed(stage.nodes, 'bank-shard_2'), 'postgres_$$_public', 'customer');

test('a running job is live, survives a reload and the end of the console, and is seen to its end', async ({
  page,
  stage,
}) => {
  const release = await hold(stage);
  try {
    await startBackup(page);
    await expect(page.getByText(/^Running/)).toBeVisible();
    await page.reload();
    await expect(page.getByText(/^Running/)).toBeVisible();

    const before = processOf(stage.launcherPid, 'console');
    process.kill(before, 'SIGKILL');
    await expect(
      page.getByText(/^Last heard .* reconnecting/).or(page.getByText('Live', { exact: true })),
    ).toBeVisible();
    await expect.poll(() => isUp(stage.url)).toBe(true);
    expect(processOf(stage.launcherPid, 'console')).not.toBe(before);
  } finally {
    await release();
  }
  // No reload: the page finds its way back by itself.
  await expect(page.getByText(/^Succeeded after/)).toBeVisible({ timeout: 30_000 });
});

test('a running backup that is cancelled leaves nothing that looks like a backup', async ({
  page,
  stage,
  tidemark,
}) => {
  const kept = (await tidemark.ask('backup.list', {})).backups.length;
  const release = await hold(stage);
  try {
    await startBackup(page);
    await expect(page.getByText(/^Running/)).toBeVisible();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel job' }).click();
    await expect(page.getByText(/^Cancelled after/)).toBeVisible({ timeout: 30_000 });
  } finally {
    await release();
  }
  await checkLooks(page, 'job-cancelled');
  const number = Number(/\d+$/.exec(page.url())?.[0]);
  const job = await tidemark.ask('job.show', { number });
  expect((await tidemark.ask('backup.list', {})).backups).toHaveLength(kept);
  expect(readdirSync(join(stage.folder, 'backups/backups'))).not.toContain(job.backupId);
});

test('a cancelled job can be asked for again, and then succeeds', async ({ page }) => {
  await page.goto('/jobs?state=cancelled');
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('button', { name: 'Retry' }).click();
  await expect(page.getByText(/^Succeeded after/)).toBeVisible({ timeout: 30_000 });
});

test('jobs are narrowed by state, kind, cluster and text, all of it in the address', async ({ page }) => {
  await page.goto('/jobs');
  const rows = page.getByRole('table', { name: 'Jobs, newest first' }).getByRole('row');
  await page.getByRole('group', { name: 'State' }).getByRole('button', { name: 'Cancelled' }).click();
  await expect(page).toHaveURL(/state=cancelled/);
  await expect(rows).toHaveCount(2);
  await page.getByLabel('Cluster').selectOption('bank2');
  await expect(page).toHaveURL(/cluster=bank2/);
  await expect(page.getByText('No job fits')).toBeVisible();
  await page.getByRole('button', { name: 'Show all jobs' }).click();
  await page.getByLabel('Kind').selectOption('Verify');
  await expect(page).toHaveURL(/kind=verify/);
  await expect(rows).toHaveCount(2);
  await page.reload();
  await expect(rows).toHaveCount(2);
  await expect(page.getByLabel('Kind')).toHaveValue('verify');

  await page.goto('/jobs?text=transfer_account');
  await expect(rows.filter({ hasText: 'Backup bank' }).first()).toBeVisible();
  await page.getByLabel('Search jobs').fill('no such thing anywhere');
  await expect(page.getByText('No job fits')).toBeVisible();
});

test('while no executor runs, what needs one says so, and a job waits until one is back', async ({ page, stage }) => {
  const executor = processOf(stage.launcherPid, 'executor');
  process.kill(executor, 'SIGSTOP');
  try {
    await startBackup(page);
    await expect(page.getByText('Waits for an executor.')).toBeVisible();
    await page.goto('/clusters/new');
    await page.getByRole('radio', { name: /^mysql/ }).click();
    await page.getByLabel('Name', { exact: true }).fill('nobody');
    await page.getByLabel('Host').fill('127.0.0.1');
    await page
      .getByRole('group', { name: /^Credentials/ })
      .getByLabel('User')
      .fill('tidemark');
    await page.getByRole('button', { name: 'Test connection' }).click();
    await expect(
      page
        .getByText(/executor/i)
        .filter({ hasText: /no executor|not answer|none/i })
        .first(),
    ).toBeVisible({
      timeout: 30_000,
    });
    await checkLooks(page, 'no-executor');
  } finally {
    process.kill(executor, 'SIGCONT');
  }
  await page.goto('/jobs');
  const newest = page.getByRole('table', { name: 'Jobs, newest first' }).getByRole('row').nth(1);
  await expect(newest).toContainText('Succeeded', { timeout: 40_000 });
  await checkLooks(page, 'jobs');
});

async function startBackup(page: Page): Promise<void> {
  await page.goto('/backups/new?cluster=bank');
  await page.getByRole('button', { name: /^Save/ }).click();
  await expect(page).toHaveURL(/\/jobs\/\d+$/);
}

async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`)).ok;
  } catch {
    return false;
  }
}
