import type { Metadata } from 'next';
import { ClusterForm } from '#components/cluster/cluster-form.tsx';

export const metadata: Metadata = { title: 'Register a cluster' };

export default function Page() {
  return <ClusterForm />;
}
