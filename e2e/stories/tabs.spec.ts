import { expect, test } from '../story.ts';

test('ten tabs of one browser are all live and clickable, over one stream', async ({ context, tidemark }) => {
  const streams: string[] = [];
  context.on('request', (request) => {
    if (request.url().includes('/job.live')) streams.push(request.url());
  });
  const pages = await Promise.all(Array.from({ length: 10 }, () => context.newPage()));
  for (const page of pages) await page.goto('/jobs');
  for (const page of pages) await expect(page.getByText('Live', { exact: true })).toBeVisible();
  expect(streams.length, 'streams that were opened').toBe(1);

  const started = await tidemark.cli(['backup', 'run', 'bank', '--table', 'postgres.public.test2']);
  await tidemark.jobEnd(started.jobId);
  for (const page of pages) {
    const newest = page.getByRole('table', { name: 'Jobs, newest first' }).getByRole('row').nth(1);
    await expect(newest).toContainText(`#${started.number}`);
    await expect(newest).toContainText('Succeeded');
  }
  for (const page of pages) {
    await page.bringToFront();
    await page.getByRole('link', { name: 'Clusters' }).click();
    await expect(page.getByRole('table', { name: 'Clusters' })).toContainText('bank2');
  }

  // The tab that holds the stream goes; another takes over and the rest stay live.
  const [first, ...others] = pages;
  await first!.close();
  for (const page of others.slice(0, 8)) await page.close();
  const last = others[8]!;
  await last.goto('/jobs');
  await expect(last.getByText('Live', { exact: true })).toBeVisible();
  const again = await tidemark.cli(['backup', 'run', 'bank', '--table', 'postgres.public.test2']);
  await expect(last.getByText(`#${again.number}`)).toBeVisible();
});
