'use client';
import { Toaster as Sonner, toast } from 'sonner';

export { toast };

/** Where short news appears: a job was queued, a link was copied. Failures stay in the card that failed instead. */
export function Toaster() {
  return (
    <Sonner
      position="bottom-right"
      // Above a page's footer, so that news never covers the primary button.
      offset={{ bottom: 68, right: 20 }}
      mobileOffset={{ bottom: 104, left: 16, right: 16 }}
      gap={8}
      visibleToasts={4}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-[min(356px,calc(100vw-32px))] items-center gap-2.5 rounded-3 border border-line bg-raised px-3 py-2.5 text-13 text-ink shadow-2 font-sans',
          description: 'text-12 text-ink-2',
          content: 'min-w-0 flex-1',
          icon: 'shrink-0',
          actionButton: 'shrink-0 font-medium text-accent',
          error: 'text-bad',
        },
      }}
    />
  );
}
