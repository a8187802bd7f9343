import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { JobPage } from '#components/job/job-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../initial.ts';

interface Props {
  params: Promise<{ number: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Job #${(await params).number}` };
}

export default async function Page({ params }: Props) {
  const text = (await params).number;
  if (!/^\d{1,9}$/.test(text)) notFound();
  const number = Number(text);
  return <JobPage number={number} initial={await initial((await caller()).job.show({ number }))} />;
}
