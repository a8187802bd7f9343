import type { ReactNode } from 'react';

/** What a wizard's page ends with: the way back, what is chosen, the primary button. On a phone the choice comes first. */
export function PageFooter({ back, note, next }: { back?: ReactNode; note?: ReactNode; next: ReactNode }) {
  return (
    <>
      {back}
      <div className="min-w-0 flex-1 text-right text-12 text-ink-2 max-md:order-first max-md:basis-full max-md:text-left [&_b]:text-13 [&_b]:font-semibold [&_b]:text-ink">
        {note}
      </div>
      <div className="flex gap-2 max-md:flex-1 max-md:[&>*]:flex-1">{next}</div>
    </>
  );
}
