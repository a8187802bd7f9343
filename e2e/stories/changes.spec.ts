import type { Page } from '@playwright/test';
import { runMariadbSql } from '#lab/mariadb-client.ts';
import { nodeNamed } from '#lab/node.ts';
import { press } from '../keyboard.ts';
import { checkLooks } from '../looks.ts';
import { expect, test } from '../story.ts';
import type { Stage } from '../world.ts';

const table = 'shop.tide_mark';
const rows = 2_000;
/** Of the statement without its WHERE, and what it was to change. */
let bad: string;
let truth: string;

const sql = (stage: Stage, statements: string) => {
  const { socket, socketUser } = nodeNamed(stage.nodes, 'shop');
  return runMariadbSql(socket, { user: socketUser, password: '' }, statements, 'shop');
};
const rowsOf = (stage: Stage, name: string) => sql(stage, `SELECT id, mark, level FROM ${name} ORDER BY id`);
const address = `/restore?cluster=shop&table=${table}&step=point`;

test.describe.configure({ mode: 'serial' });
test.beforeAll(async ({ stage, tidemark }) => {
  await sql(
    stage,
    `CREATE TABLE tide_mark (id INT PRIMARY KEY, mark VARCHAR(40), level INT);
     INSERT INTO tide_mark SELECT seq, concat('mark ', seq), seq FROM seq_1_to_${rows}`,
  );
  await tidemark.cli(['cluster', 'check', 'shop']);
  await tidemark.cli(['archive', 'start', 'shop', '--to', 'vault']);
  await tidemark.cli(['backup', 'run', 'shop', '--table', table, '--wait']);
  for (let at = 1; at <= 12; at++) {
    await sql(
      stage,
      `UPDATE tide_mark SET level = level + 1 WHERE id <= ${at * 3}; DELETE FROM tide_mark WHERE id = ${at}`,
    );
  }
  truth = await rowsOf(stage, 'tide_mark');
  bad = (await sql(stage, 'UPDATE tide_mark SET level = 0; SELECT @@last_gtid')).trim().split('\n').at(-1)!;
  await sql(stage, "INSERT INTO tide_mark VALUES (90001, 'later', 1)");
});
test.afterAll(async ({ tidemark }) => {
  await tidemark.cli(['archive', 'stop', 'shop']);
});

const transactions = (page: Page) => page.getByRole('region', { name: 'Transactions', exact: true });

test('an UPDATE without its WHERE stands out, and one press chooses the moment just before it', async ({
  page,
  stage,
  tidemark,
}) => {
  await page.goto(address);
  await expect(page.getByRole('radio', { name: /^An instant/ })).toBeChecked();
  const changes = page.getByRole('region', { name: 'Changes', exact: true });
  await expect(transactions(page)).toContainText(bad, { timeout: 40_000 });
  const first = transactions(page).getByRole('listitem').first();
  // The definition of the table stands before any number of rows.
  await expect(first).toContainText('CREATE TABLE tide_mark');
  const row = transactions(page).getByRole('listitem').filter({ hasText: bad });
  await expect(row).toContainText(/±1,9\d\d/);
  await changes.getByText('As a table').click();
  await expect(page.getByRole('region', { name: 'Changes as a table' }).getByRole('row').nth(1)).toBeVisible();
  await changes.getByText('As a table').click();
  await row.getByRole('button', { name: `Just before shop:${bad}` }).click();
  await expect(page).toHaveURL(/point=before&.*tx=shop/);
  await expect(page.getByRole('radio', { name: /^A transaction/ })).toBeChecked();
  const point = page.getByRole('region', { name: 'Selected point' });
  await expect(point).toContainText('Everything committed before it comes back');
  await expect(page.getByRole('button', { name: 'Next: Where' })).toBeEnabled();
  await checkLooks(page, 'restore-point-transaction');

  // The command line names the same transaction.
  const said = await tidemark.cli(['changes', 'shop', '--table', table, '--transactions']);
  expect(said.transactions.map(({ gtid }: { gtid: string }) => gtid)).toContain(bad);
  expect(await rowsOf(stage, 'tide_mark')).not.toBe(truth);
});

test('just before it, the table comes back with every row, and the live one is as it was', async ({ page, stage }) => {
  const live = await rowsOf(stage, 'tide_mark');
  await page.goto(`/restore?cluster=shop&table=${table}&point=before&tx=shop:${bad}&step=plan`);
  await expect(page.getByRole('region', { name: 'Steps' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('region', { name: 'The same on a command line' })).toContainText(
    `--before-tx shop:${bad}`,
  );
  await checkLooks(page, 'restore-plan-transaction');
  await page.getByRole('button', { name: 'Restore 1 table' }).click();
  await expect(page.getByText(/^Succeeded after/)).toBeVisible({ timeout: 60_000 });
  const outcome = page.getByRole('region', { name: 'Outcome per table' }).getByRole('listitem').first();
  await checkLooks(page, 'job-restore-transaction');
  const target = (await outcome.locator('code').first().textContent())!;
  expect(await rowsOf(stage, target)).toBe(truth);
  expect(await rowsOf(stage, 'tide_mark')).toBe(live);
});

test('a time is read by the clock that is shown, and one that it showed twice or never is asked about', async ({
  page,
}) => {
  await page.goto(`${address}&point=instant`);
  await page.getByRole('radio', { name: /^Mine/ }).click();
  const field = page.getByLabel('Instant', { exact: true });
  await field.fill('2026-10-25 02:30');
  await expect(page.getByRole('alert').filter({ hasText: 'Berlin' })).toContainText('showed this time twice');
  await page.getByRole('button', { name: /02:30:00 Berlin \(\+01:00\)/ }).click();
  await expect(page).toHaveURL(/at=2026-10-25T01%3A30%3A00\.000Z/);
  const point = page.getByRole('region', { name: 'Selected point' });
  await expect(point).toContainText('Not recoverable', { timeout: 20_000 });
  await expect(point).toContainText('the earliest instant that can be brought back to');
  await expect(page.getByRole('button', { name: 'Next: Where' })).toBeDisabled();
  await checkLooks(page, 'restore-point-refused');
  await point.getByRole('button').first().click();
  await expect(page.getByRole('button', { name: 'Next: Where' })).toBeEnabled();
  await field.fill('2026-03-29 02:30');
  await expect(page.getByRole('alert').filter({ hasText: 'never shown' })).toContainText('the clock went from');
  await field.fill('no time at all');
  await expect(point).toContainText('Write it as 2026-11-20');
});

test('bars, transactions and points can be reached by keyboard alone, on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(address);
  const bars = page.getByRole('slider', { name: /^Changes over time/ });
  await expect(bars).toBeVisible({ timeout: 40_000 });
  await press(page, bars, 'Enter');
  await page.keyboard.press('End');
  await expect(bars).toHaveAttribute('aria-valuetext', /in \d+ transactions?/);
  await page.keyboard.press('Enter');
  await expect(transactions(page).getByRole('button', { name: 'All in view' })).toBeVisible();
  await press(page, transactions(page).getByRole('button', { name: `Just after shop:${bad}` }), 'Enter');
  await expect(page).toHaveURL(/point=after/);
  await press(page, page.getByRole('button', { name: 'Next: Where' }), 'Enter');
  await expect(page.getByRole('radio', { name: /^Beside/ })).toBeChecked();
});
