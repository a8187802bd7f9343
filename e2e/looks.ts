import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const folder = 'test-results/screens';
const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };

/**
 * How a screen looks and whether everybody can use it: pictures at 1280 × 800 light and dark and at 390 × 844, no axe
 * violation in either theme, nothing wider than the phone, and one heading of the first level. The page must be at rest.
 */
export async function checkLooks(page: Page, name: string): Promise<void> {
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.screenshot({ path: `${folder}/${name}-1280.png` });
  // By its element: behind an open dialog nothing has a role.
  await expect(page.locator('h1')).toHaveCount(1);
  await expect(page).toHaveTitle(/Tidemark/);
  await checkAccess(page, `${name} light`);

  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.screenshot({ path: `${folder}/${name}-1280-dark.png` });
  await checkAccess(page, `${name} dark`);

  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(narrow);
  await page.screenshot({ path: `${folder}/${name}-390.png`, fullPage: true });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${name} is wider than 390 px`).toBeLessThanOrEqual(0);
  await page.setViewportSize(wide);
}

async function checkAccess(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
  expect(found, name).toEqual([]);
}
