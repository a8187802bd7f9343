'use client';
import { Page } from '#components/layout/page.tsx';
import { Button } from '#components/ui/button.tsx';
import { ErrorPanel } from '#components/ui/error-panel.tsx';

/** A page that broke; the rail and the other rooms stay usable. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <Page title="This page failed">
      <ErrorPanel
        outcome="Nothing was changed by looking."
        failure={{
          code: 'internal/unexpected',
          message: 'the page could not be drawn',
          hint: `The console's log has more${error.digest ? ` under ${error.digest}` : ''}.`,
        }}
      >
        <Button size="small" onClick={reset}>
          Try again
        </Button>
      </ErrorPanel>
    </Page>
  );
}
