import { chooseOwnPassword, signIn } from '../sign-in.ts';
import { adminPassword, expect, sessionFile, test } from '../story.ts';

test.use({ person: null });

test('a page asked for without a session leads to the sign-in', async ({ page }) => {
  await page.goto('/backups?text=fee');
  await expect(page).toHaveURL(/\/login\?next=%2Fbackups%3Ftext%3Dfee/);
  await expect(page).toHaveTitle(/Sign in/);
});

test('a wrong password is refused with a sentence, and no session is made', async ({ page }) => {
  await signIn(page, 'admin', 'not the password');
  await expect(page.getByText('the user name or the password is wrong')).toBeVisible();
  await page.goto('/overview');
  await expect(page).toHaveURL(/\/login/);
});

test('nobody can sign up', async ({ request, page }) => {
  const person = { email: 'a@b.example', username: 'mallory', name: 'Mallory', password: 'long enough for anyone' };
  for (const path of ['sign-up/email', 'sign-up/username', 'sign-up', 'sign-in/email', 'forget-password']) {
    expect((await request.post(`/api/auth/${path}`, { data: person })).status(), path).toBe(404);
  }
  await page.goto('/login');
  await expect(page.getByText(/sign up|register|create.*account/i)).toHaveCount(0);
});

test('the one-time password opens nothing but the choice of an own one', async ({ page, stage, context }) => {
  await signIn(page, 'admin', stage.password);
  await expect(page).toHaveURL(/\/first-password/);
  await page.goto('/clusters');
  await expect(page).toHaveURL(/\/first-password/);

  await chooseOwnPassword(page, stage.password, adminPassword);
  await expect(page).toHaveURL(/\/overview/);
  await context.storageState({ path: sessionFile(stage, 'admin') });
});

test('the one-time password counts once', async ({ page, stage }) => {
  await signIn(page, 'admin', stage.password);
  await expect(page.getByText('the user name or the password is wrong')).toBeVisible();
});
