import { checkLooks } from '../looks.ts';
import { expect, test } from '../story.ts';

test('a log archive is started, follows every node, is told live, and is stopped', async ({ page, tidemark }) => {
  await page.goto('/clusters/bank');
  const card = page.getByRole('region', { name: 'Log archive' });
  await expect(card).toContainText('The log is not archived');
  await card.getByRole('button', { name: 'Start archiving' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('begins with the oldest log');
  await checkLooks(page, 'archive-start');
  await dialog.getByRole('button', { name: 'Start archiving' }).click();
  await expect(dialog).toBeHidden();

  const { cluster } = await tidemark.ask('archive.status', { name: 'bank' });
  expect(cluster.name).toBe('bank');
  const nodes = card.getByRole('listitem');
  await expect(nodes.filter({ hasText: 'Following' })).toHaveCount(2, { timeout: 30_000 });
  for (const node of await nodes.all()) await expect(node).toContainText(/binlog\.\d{6}:\d+/);
  await checkLooks(page, 'cluster-archive');

  await card.getByRole('button', { name: 'Stop archiving' }).click();
  await expect(dialog).toContainText('What was archived stays');
  await dialog.getByRole('button', { name: 'Stop archiving' }).click();
  await expect(nodes.filter({ hasText: 'Stopped' })).toHaveCount(2, { timeout: 30_000 });
  await expect(card).toContainText('stopped');
  const { wanted, streams } = await tidemark.ask('archive.status', { name: 'bank' });
  expect(wanted).toBe(false);
  expect(streams).toHaveLength(2);
});
