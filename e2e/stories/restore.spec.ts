import type { Page } from '@playwright/test';
import { type Content, contentOf } from '#lab/content.ts';
import { breakTable } from '#lab/demo/break-table.ts';
import { press } from '../keyboard.ts';
import { checkLooks } from '../looks.ts';
import { expect, test } from '../story.ts';
import type { Stage } from '../world.ts';

const account = 'postgres.public.transfer_account';
let backupId: string;
/** What the table held when it was backed up, read by SQL on the shards. */
let truth: Content;

const live = (stage: Stage) => contentOf(stage.nodes, 'bank', 'public.transfer_account');

test.beforeAll(async ({ stage, tidemark }) => {
  truth = await live(stage);
  const tables = ['--table', account, 'postgres.public.test2'];
  backupId = (await tidemark.cli(['backup', 'run', 'bank', ...tables, '--wait'])).backupId;
  await breakTable(stage.nodes);
});

test('a table comes back beside the live one through the wizard, and is equal by SQL', async ({ page, stage }) => {
  expect((await live(stage)).digest).not.toBe(truth.digest);
  await page.goto('/overview');
  await page.getByRole('link', { name: 'Restore', exact: true }).click();
  await page.getByRole('combobox', { name: 'Cluster' }).selectOption('bank');
  await expect(page.getByRole('table', { name: 'Tables of bank that can be restored' })).toBeVisible();
  await page.getByLabel(`Choose ${account}`, { exact: true }).click();
  await expect(page.getByText('1 table chosen')).toBeVisible();
  await checkLooks(page, 'restore-tables');
  await page.getByRole('button', { name: 'Next: Point' }).click();
  await page.getByRole('radio', { name: /own end/ }).click();
  await page.getByRole('region', { name: 'Points' }).getByRole('button').first().click();
  await checkLooks(page, 'restore-point');
  await page.getByRole('button', { name: 'Next: Where' }).click();
  await expect(page.getByRole('radio', { name: /^Beside/ })).toBeChecked();
  await checkLooks(page, 'restore-where');
  await page.getByRole('button', { name: 'Next: Plan' }).click();
  await expect(page.getByRole('region', { name: 'Will not come back' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Checks' }).getByText('Bad')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Steps' }).getByRole('listitem').first()).toBeVisible();
  await expect(page.getByRole('region', { name: 'The same on a command line' })).toContainText(
    'tidemark restore run bank',
  );
  const plan = page.getByRole('region', { name: 'Tables' });
  await expect(plan).toContainText('transfer_account_restored_');
  await expect(plan).toContainText('4 fragments');
  await checkLooks(page, 'restore-plan');

  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  const target = await equalTarget(page, account);
  await checkLooks(page, 'job-restore');
  const restored = await contentOf(stage.nodes, 'bank', target.replace(/^postgres\./, ''));
  expect(restored).toEqual(truth);
  expect((await live(stage)).digest, 'the live table is as broken as before').not.toBe(truth.digest);
});

test('every step of the wizard is an address that can be sent to somebody', async ({ page, context }) => {
  await page.goto(`/restore?cluster=bank&table=${account}&backup=${backupId}&step=where`);
  await page.getByRole('radio', { name: /^In place/ }).click();
  await page.getByLabel('The replaced table is kept for').selectOption('30 days');
  await expect(page).toHaveURL(/keep=30/);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole('radio', { name: /^In place/ })).toBeChecked();
  await expect(other.getByLabel('The replaced table is kept for')).toHaveValue('30');
});

test('a target that is there already is refused in the plan, before anything is touched', async ({ page, stage }) => {
  const before = await contentOf(stage.nodes, 'bank', 'public.test2');
  await page.goto(`/restore?cluster=bank&table=${account}&backup=${backupId}&step=where`);
  await page.getByLabel(`Target of ${account}`).fill('postgres.public.test2');
  await page.getByRole('button', { name: 'Next: Plan' }).click();
  await expect(page.getByText('Cannot be restored', { exact: true })).toBeVisible();
  await expect(page.getByText('restore/target-exists')).toBeVisible();
  await expect(page.getByRole('button', { name: /^Restore/ })).toBeDisabled();
  expect(await contentOf(stage.nodes, 'bank', 'public.test2')).toEqual(before);
});

test('a table goes into a cluster with another number of shards, and is equal there', async ({ page, stage }) => {
  await page.goto(`/restore?cluster=bank&table=${account}&backup=${backupId}&step=where`);
  await page.getByRole('radio', { name: /^Into another cluster/ }).click();
  await page.getByRole('combobox', { name: 'Cluster' }).selectOption('bank2');
  await page.getByRole('button', { name: 'Next: Plan' }).click();
  await expect(page.getByRole('region', { name: 'Tables' })).toContainText('store_1');
  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  await equalTarget(page, account);
  expect(await contentOf(stage.nodes, 'bank2', 'public.transfer_account')).toEqual(truth);
});

test('the wizard can be walked by keyboard alone, on a phone, in the dark', async ({ page, stage }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/restore?cluster=bank');
  await press(page, page.getByLabel('Choose postgres.public.test2'), 'Space');
  await press(page, page.getByRole('button', { name: 'Next: Point' }), 'Enter');
  await press(page, page.getByRole('radio', { name: /^An instant/ }), 'Space');
  // The key is held until it has told, as a finger does: the group moves the focus after the key went down.
  await page.keyboard.down('ArrowLeft');
  await expect(page.getByRole('radio', { name: /own end/ })).toBeChecked();
  await page.keyboard.up('ArrowLeft');
  await press(page, page.getByRole('region', { name: 'Points' }).getByRole('button').first(), 'Enter');
  await press(page, page.getByRole('button', { name: 'Next: Where' }), 'Enter');
  await press(page, page.getByRole('button', { name: 'Next: Plan' }), 'Enter');
  await press(page, page.getByRole('button', { name: 'Restore 1 table' }), 'Enter');
  const target = await equalTarget(page, 'postgres.public.test2');
  const restored = await contentOf(stage.nodes, 'bank', target.replace(/^postgres\./, ''));
  expect(restored).toEqual(await contentOf(stage.nodes, 'bank', 'public.test2'));
});

test('in place asks for the name, brings the table back equal, and keeps what was there until that is dropped', async ({
  page,
  stage,
  tidemark,
}) => {
  expect((await live(stage)).digest).not.toBe(truth.digest);
  await page.goto(`/restore?cluster=bank&table=${account}&backup=${backupId}&where=in-place&step=plan`);
  const replace = page.getByRole('button', { name: 'Replace 1 table' });
  await expect(replace).toBeEnabled();
  await checkLooks(page, 'restore-plan-in-place');
  await replace.click();
  const question = page.getByRole('alertdialog');
  const confirm = question.getByRole('button', { name: 'Replace table' });
  await expect(confirm).toBeDisabled();
  await question.getByRole('textbox').fill('transfer_accounts');
  await expect(confirm).toBeDisabled();
  await question.getByRole('textbox').fill('transfer_account');
  await checkLooks(page, 'restore-confirm');
  await confirm.click();
  await equalTarget(page, account);
  expect(await live(stage)).toEqual(truth);

  await page.goto('/backups/kept');
  const kept = page.getByRole('region', { name: 'Kept copies' }).getByRole('listitem');
  await expect(kept).toHaveCount(1);
  await expect(kept).toContainText(account);
  await expect(kept).toContainText('on 2 nodes');
  await checkLooks(page, 'kept-copies-one');

  const [{ keptAs }] = await tidemark.ask('restore.kept', {});
  await page.getByRole('button', { name: 'Drop now' }).click();
  await expect(question.getByRole('button', { name: 'Drop kept copy' })).toBeDisabled();
  await question.getByRole('textbox').fill(keptAs);
  await question.getByRole('button', { name: 'Drop kept copy' }).click();
  await expect(page.getByText('Nothing is kept')).toBeVisible();
});

/** Waits on the job's page for its good end; answers the name the table came back under. */
async function equalTarget(page: Page, source: string): Promise<string> {
  await expect(page).toHaveURL(/\/jobs\/\d+$/, { timeout: 20_000 });
  await expect(page.getByText(/^Succeeded after/)).toBeVisible({ timeout: 60_000 });
  const outcome = page
    .getByRole('region', { name: 'Outcome per table' })
    .getByRole('listitem')
    .filter({ hasText: source });
  await expect(outcome).toContainText('Equal');
  await expect(outcome).toContainText('digest equal to the backup');
  const code = outcome.locator('code');
  return ((await code.count()) === 0 ? null : await code.first().textContent()) ?? source;
}
