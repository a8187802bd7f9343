import { chooseOwnPassword, signIn } from '../sign-in.ts';
import { expect, pageOf, sessionFile, test } from '../story.ts';

test.describe.configure({ mode: 'serial' });

const own = 'only looking at the sea';

test('an admin adds a viewer, whose one-time password is shown once and must be changed', async ({
  page,
  browser,
  stage,
}) => {
  await page.goto('/settings/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('User name').fill('vera');
  await page.getByLabel('Name', { exact: true }).fill('Vera');
  await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('viewer');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const shown = page.getByRole('status').filter({ hasText: 'One-time password of vera' });
  const password = (await shown.locator('code').textContent())!;
  await page.reload();
  await expect(page.getByText('vera').first()).toBeVisible();
  await expect(page.getByText(password)).toHaveCount(0);

  const [theirs, context] = await pageOf(browser, stage, null);
  await theirs.goto('/backups?text=vera');
  await signIn(theirs, 'vera', password);
  await expect(theirs).toHaveURL(/\/first-password/);
  await chooseOwnPassword(theirs, password, own);
  await expect(theirs).toHaveURL(/\/overview/);
  await context.storageState({ path: sessionFile(stage, 'vera') });
  await context.close();
});

test('a sign-in leads back to the page that was asked for, and never to another site', async ({ browser, stage }) => {
  const [page, context] = await pageOf(browser, stage, null);
  await page.goto('/backups?text=fee');
  await page.getByLabel('User name').fill('vera');
  await page.getByLabel('Password', { exact: true }).fill(own);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${stage.url}/backups?text=fee`);
  await page.goto('/login?next=https://elsewhere.example/');
  await expect(page).toHaveURL(`${stage.url}/overview`);
  await context.close();
});

test.describe('a viewer', () => {
  test.use({ person: 'vera' });

  test('reads everything but settings of others, and is offered nothing that changes something', async ({ page }) => {
    await page.goto('/clusters');
    await expect(page.getByRole('table', { name: 'Clusters' })).toContainText('bank2');
    await expect(page.getByRole('link', { name: 'Register a cluster' })).toHaveCount(0);
    await page.goto('/clusters/bank');
    await expect(page.getByRole('table', { name: 'Tables of bank' })).toContainText('transfer_account');
    for (const name of ['Back up now', 'Look again', 'More about this cluster']) {
      await expect(page.getByRole('button', { name }).or(page.getByRole('link', { name }))).toHaveCount(0);
    }
    await page.goto('/backups');
    await expect(page.getByRole('link', { name: 'Back up now' })).toHaveCount(0);
    await page.goto('/restore');
    await expect(page.getByText('A restore needs the role operator')).toBeVisible();
    await page.goto('/settings/people');
    await expect(page.getByText('This needs the role admin')).toBeVisible();
  });

  test('is refused by the API what the screens do not offer', async ({ page }) => {
    await page.goto('/overview');
    const refusals = {
      'backup.run': { clusterId: 'x', destinationId: 'x', scope: { all: true } },
      'cluster.remove': { clusterId: 'x' },
      'people.create': { username: 'eve', name: 'Eve', role: 'admin' },
      'job.cancel': { jobId: 'x' },
    };
    for (const [procedure, input] of Object.entries(refusals)) {
      const status = await page.evaluate(
        async ([path, body]) => {
          const headers = { 'content-type': 'application/json' };
          return (await fetch(path!, { method: 'POST', headers, body })).status;
        },
        [`/api/trpc/${procedure}`, JSON.stringify({ json: input })],
      );
      expect(status, procedure).toBe(403);
    }
  });
});

test('what was done about people is in the audit, with who did it', async ({ page }) => {
  await page.goto('/settings/audit');
  await expect(page.getByText('person.create').first()).toBeVisible();
  await expect(page.getByText('vera').first()).toBeVisible();
});

test('a person who is removed is signed out at once', async ({ page, browser, stage }) => {
  const [theirs, context] = await pageOf(browser, stage, 'vera');
  await theirs.goto('/overview');
  await expect(theirs).toHaveURL(/\/overview/);
  await page.goto('/settings/people');
  await page.getByRole('button', { name: 'More about vera' }).click();
  await page.getByRole('menuitem', { name: 'Remove person' }).click();
  await page.getByRole('alertdialog').getByRole('textbox').fill('vera');
  await page.getByRole('button', { name: 'Remove person' }).click();
  await expect(page.getByText('vera')).toHaveCount(0);
  await theirs.goto('/clusters');
  await expect(theirs).toHaveURL(/\/login/);
  await context.close();
});
