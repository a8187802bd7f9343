import type { Metadata } from 'next';
import { failedJobs, openJobs, recentBackups } from '#components/overview/asked.ts';
import { OverviewPage } from '#components/overview/overview-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Overview' };

export default async function Page() {
  const api = await caller();
  const [summary, failed, running, backups] = await Promise.all([
    initial(api.overview.summary()),
    initial(api.job.list(failedJobs)),
    initial(api.job.list(openJobs)),
    initial(api.backup.list(recentBackups)),
  ]);
  return <OverviewPage initial={{ summary, failed, running, backups }} />;
}
