import type { Metadata } from 'next';
import { JobsPage } from '#components/job/jobs-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../initial.ts';

export const metadata: Metadata = { title: 'Jobs' };

export default async function Page() {
  return <JobsPage initial={await initial((await caller()).job.list({ limit: 100 }))} />;
}
