import { expect, type Locator, type Page } from '@playwright/test';

/** Presses Tab until the focus is on it, then the key. Fails when it cannot be reached, or when its focus is not to be seen. */
export async function press(page: Page, control: Locator, key: 'Enter' | 'Space'): Promise<void> {
  await expect(control).toBeEnabled();
  for (let tabs = 0; tabs < 200; tabs += 1) {
    if (await control.evaluate((element) => element === document.activeElement)) {
      const ring = await control.evaluate((element) => {
        const { outlineStyle, boxShadow } = getComputedStyle(element);
        return outlineStyle !== 'none' || boxShadow !== 'none';
      });
      expect(ring, 'where the focus is can be seen').toBe(true);
      return page.keyboard.press(key);
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${control}`);
}
