import { checkLooks } from '../looks.ts';
import { expect, test } from '../story.ts';

test('chosen tables are backed up by the form, and the job and its backup say what came of each', async ({
  page,
  tidemark,
}) => {
  await page.goto('/clusters/bank');
  await page.getByRole('link', { name: 'Back up now' }).click();
  await page.getByRole('radio', { name: /^Tables/ }).click();
  await page.getByLabel('Search tables').fill('transfer_account');
  await page.getByLabel('Choose postgres.public.transfer_account').check();
  await page.getByLabel('Search tables').fill('Fee');
  await page.getByLabel('Choose postgres.public."Fee ""2026"""').check();
  await expect(page.getByText('2 tables chosen, 1 not in sight')).toBeVisible();
  await expect(page.getByText(/2 tables.*as last seen/)).toBeVisible();
  await page.getByRole('button', { name: /^Save/ }).click();

  await expect(page).toHaveURL(/\/jobs\/\d+$/);
  await expect(page.getByText(/^Succeeded after/)).toBeVisible();
  const outcomes = page.getByRole('region', { name: 'Outcome per table' });
  await expect(outcomes.getByRole('listitem').filter({ hasText: 'transfer_account' })).toContainText('20,000 rows');
  await expect(outcomes.getByRole('listitem').filter({ hasText: 'Fee' })).toContainText('100 rows');
  const phases = page.getByRole('table', { name: 'Phases per table and node' });
  await page.getByRole('button', { name: 'Expand fragments' }).click();
  for (const leaf of [0, 1, 2, 3]) await expect(phases).toContainText(`transfer_account_p${leaf}`);
  await checkLooks(page, 'job-backup');

  await page.getByRole('link', { name: /^backup / }).click();
  await expect(page).toHaveURL(/\/backups\/[0-9a-z]{26}$/);
  await expect(page.getByRole('region', { name: 'Cut' })).toContainText('Proven');
  await expect(page.getByRole('table', { name: 'Tables of this backup' }).getByRole('row')).toHaveCount(3);
  await checkLooks(page, 'backup');

  const { backups } = await tidemark.ask('backup.list', { limit: 1 });
  expect(backups[0]).toMatchObject({ clusterName: 'bank', tableCount: 2, rows: '20100', cutProven: true });
});

test('a pattern says how many tables it takes before anything starts, and a wrong one takes none', async ({ page }) => {
  await page.goto('/backups/new?cluster=bank');
  await page.getByRole('radio', { name: /^Patterns/ }).click();
  await page.getByLabel('Patterns').fill('postgres.public.transfer_*');
  await expect(page.getByText(/2 tables.*as last seen/)).toBeVisible();
  await page.getByLabel('Patterns').fill('postgres.nothing.*');
  await expect(page.getByText(/0 tables.*as last seen/)).toBeVisible();
});

test('verifying a backup reads every object again and says so', async ({ page, tidemark }) => {
  const { backups } = await tidemark.ask('backup.list', { limit: 1 });
  await page.goto(`/backups/${backups[0].id}`);
  await expect(page.getByText('not yet')).toBeVisible();
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page).toHaveURL(/\/jobs\/\d+$/);
  await expect(page.getByText(/^Succeeded after/)).toBeVisible();
  await page.goto(`/backups/${backups[0].id}`);
  await expect(page.getByText('every object read again')).toBeVisible();
});
