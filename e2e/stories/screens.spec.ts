import { checkLooks } from '../looks.ts';
import { expect, pageOf, test } from '../story.ts';

/** Every screen that has an address of its own; those that need a job or a plan are looked at where they come about. */
const screens = [
  ['overview', '/overview'],
  ['clusters', '/clusters'],
  ['cluster', '/clusters/bank'],
  ['table', '/clusters/bank/postgres.public.transfer_account'],
  ['cluster-form', '/clusters/new'],
  ['backups', '/backups'],
  ['kept-copies', '/backups/kept'],
  ['backup-form', '/backups/new?cluster=bank&scope=tables'],
  ['destinations', '/destinations'],
  ['destination', '/destinations/vault'],
  ['destination-form', '/destinations/new'],
  ['restore-nothing-chosen', '/restore?cluster=shop'],
  ['settings-account', '/settings/account'],
  ['settings-people', '/settings/people'],
  ['settings-tokens', '/settings/tokens'],
  ['settings-executors', '/settings/executors'],
  ['settings-audit', '/settings/audit'],
  ['settings-about', '/settings/about'],
] as const;

for (const [name, path] of screens) {
  test(`${name}: light, dark and on a phone, everybody can use it`, async ({ page }) => {
    await page.goto(path);
    await expect(page.getByText('Live', { exact: true }).or(page.getByRole('button').first()).first()).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await checkLooks(page, name);
  });
}

test('sign-in: light, dark and on a phone, everybody can use it', async ({ browser, stage }) => {
  const [page, context] = await pageOf(browser, stage, null);
  await page.goto('/login');
  await checkLooks(page, 'sign-in');
  await context.close();
});
