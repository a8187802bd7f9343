import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

/** Whether what is shown still moves: full while news comes, hollow with the last time it did when it does not. */
export function LiveDot({
  stale = false,
  children,
  className,
}: {
  stale?: boolean;
  /** "Live", or "Last heard 09:13:48, reconnecting". */
  children: ReactNode;
  className?: string;
}) {
  return (
    <span
      className={cn(
        'relative inline-flex min-w-0 items-center gap-1.5 text-12 whitespace-nowrap text-ink-3',
        className,
      )}
    >
      <span
        aria-hidden="true"
        className={cn('size-[7px] shrink-0 rounded-full', stale ? 'border-[1.5px] border-warn' : 'bg-cover')}
      />
      <span className={cn('truncate', stale && 'text-warn')}>{children}</span>
      {/* Only the change is announced: the words themselves may hold a clock. */}
      <span role="status" className="sr-only">
        {stale ? 'No news, reconnecting' : ''}
      </span>
    </span>
  );
}
