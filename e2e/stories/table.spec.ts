import { runMariadbSql } from '#lab/mariadb-client.ts';
import { nodeNamed } from '#lab/node.ts';
import { checkLooks } from '../looks.ts';
import { expect, test } from '../story.ts';
import type { Stage } from '../world.ts';

const table = 'shop.tide_gauge';

const sql = (stage: Stage, statements: string) => {
  const { socket, socketUser } = nodeNamed(stage.nodes, 'shop');
  return runMariadbSql(socket, { user: socketUser, password: '' }, statements, 'shop');
};

test('a table says which instants it can be brought back to, and why not to the others', async ({
  page,
  stage,
  tidemark,
}) => {
  await sql(stage, 'CREATE TABLE tide_gauge (id INT PRIMARY KEY, mark VARCHAR(40))');
  await tidemark.cli(['cluster', 'check', 'shop']);
  await page.goto('/clusters/shop?text=tide_gauge');
  await page.getByRole('table', { name: 'Tables of shop' }).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(table);
  const card = page.getByRole('region', { name: 'Recoverable', exact: true });
  await expect(card).toContainText('Take a first backup of shop.tide_gauge');
  await expect(card.getByRole('link', { name: 'Back up this table' })).toBeVisible();
  await checkLooks(page, 'table-nothing');

  await tidemark.cli(['archive', 'start', 'shop', '--to', 'vault']);
  const backUp = () => tidemark.cli(['backup', 'run', 'shop', '--table', table, '--wait']);
  await backUp();
  await sql(stage, "INSERT INTO tide_gauge VALUES (1, 'low')");
  await expect(card).toContainText('Recoverable to any instant', { timeout: 40_000 });
  await expect(card.getByRole('link', { name: /^Backup / })).toHaveCount(1);
  await checkLooks(page, 'table-recoverable');

  await sql(stage, 'SET SESSION binlog_format = STATEMENT; UPDATE tide_gauge SET mark = UUID()');
  await backUp();
  const gap = page.getByRole('button', { name: /^Not recoverable, .* was logged as its text/ });
  await expect(gap).toHaveCount(1, { timeout: 40_000 });
  const list = page.getByRole('region', { name: 'Ranges and gaps' });
  await expect(list.getByRole('row').filter({ hasText: 'Not recoverable.' })).toHaveCount(1);
  await gap.focus();
  await expect(page.getByRole('tooltip')).toContainText('which rows it changed is not known');
  await page.keyboard.press('Escape');
  const { ranges, gaps } = await tidemark.cli(['range', 'shop', '--table', table]);
  expect([ranges.length, gaps.length]).toEqual([2, 1]);
  expect([gaps[0].from, gaps[0].to]).toEqual([ranges[0].to, ranges[1].from]);
  await checkLooks(page, 'table-gap');

  await page.getByRole('link', { name: 'Restore this table' }).click();
  await expect(page).toHaveURL(/\/restore\?cluster=shop&table=shop\.tide_gauge&step=point/);
  await tidemark.cli(['archive', 'stop', 'shop']);
});

test('when nobody can say what is recoverable, the rest of the page stays usable', async ({ page }) => {
  let asked = 0;
  await page.route('**/api/trpc/table.coverage*', (route) => {
    asked += 1;
    return route.abort();
  });
  await page.goto(`/clusters/shop/${table}`);
  const card = page.getByRole('region', { name: 'Recoverable', exact: true });
  await expect(card.getByRole('alert')).toContainText('The console did not answer', { timeout: 20_000 });
  await expect(page.getByRole('region', { name: 'Fragments' })).toContainText(table);
  await checkLooks(page, 'table-unknown');
  const before = asked;
  await page.unroute('**/api/trpc/table.coverage*');
  await card.getByRole('button', { name: 'Ask again' }).click();
  await expect(card.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Ranges and gaps' })).toBeVisible();
  expect(before).toBeGreaterThan(0);
});
