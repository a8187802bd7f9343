import type { Metadata } from 'next';
import { TablePage } from '#components/table/table-page.tsx';
import { caller } from '#server/api/server-caller.ts';
import { initial } from '../../../initial.ts';

interface Props {
  params: Promise<{ name: string; table: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).table) };
}

export default async function Page({ params }: Props) {
  const given = await params;
  const asked = { clusterName: decodeURIComponent(given.name), table: decodeURIComponent(given.table) };
  const api = await caller();
  return <TablePage {...asked} initial={await initial(api.table.show(asked))} />;
}
