import type { Page } from '@playwright/test';

export async function signIn(page: Page, user: string, password: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** On the page that a one-time password leads to. */
export async function chooseOwnPassword(page: Page, present: string, next: string): Promise<void> {
  await page.getByLabel('Present password').fill(present);
  await page.getByLabel('New password', { exact: true }).fill(next);
  await page.getByLabel('New password again').fill(next);
  await page.getByRole('button', { name: 'Change password' }).click();
}
