import Link from 'next/link';
import { Page } from '#components/layout/page.tsx';
import { Button } from '#components/ui/button.tsx';
import { Card } from '#components/ui/card.tsx';
import { EmptyState } from '#components/ui/empty-state.tsx';

export default function NotFound() {
  return (
    <Page title="Not found">
      <Card aria-label="Not found">
        <EmptyState
          title="There is no such thing here"
          action={
            <Button asChild variant="primary">
              <Link href="/overview">To the overview</Link>
            </Button>
          }
        >
          It may have been removed, or the address is not complete.
        </EmptyState>
      </Card>
    </Page>
  );
}
