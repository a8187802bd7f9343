import Link from 'next/link';
import { AuthCard } from '#components/auth/auth-card.tsx';
import { Button } from '#components/ui/button.tsx';

/** An address outside the console's rooms. */
export default function NotFound() {
  return (
    <AuthCard title="There is no such page" note="The address is not complete, or the page is gone.">
      <Button asChild variant="primary" className="mt-3">
        <Link href="/overview">To the overview</Link>
      </Button>
    </AuthCard>
  );
}
