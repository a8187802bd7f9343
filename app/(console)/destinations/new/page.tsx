import type { Metadata } from 'next';
import { DestinationForm } from '#components/destination/destination-form.tsx';

export const metadata: Metadata = { title: 'Add a destination' };

export default function Page() {
  return <DestinationForm />;
}
