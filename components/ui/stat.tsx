import type { ReactNode } from 'react';
import { cn } from './cn.ts';

/** One number the operator came for. `note` says how it was measured. Stats stand in a `StatRow`. */
export function Stat({
  caption,
  value,
  note,
  tone,
  className,
}: {
  caption: ReactNode;
  value: ReactNode;
  note?: ReactNode;
  tone?: 'warn' | 'bad';
  className?: string;
}) {
  return (
    <div className={cn('min-w-0 px-5 py-0.5 max-md:px-3', className)}>
      <dt className="text-12 text-ink-3">{caption}</dt>
      <dd
        className={cn(
          'text-20 leading-[1.35] font-semibold tracking-[-0.015em] max-md:text-16',
          tone === 'warn' && 'text-warn',
          tone === 'bad' && 'text-bad',
        )}
      >
        {value}
      </dd>
      {note === undefined ? null : <dd className="text-12 text-ink-3">{note}</dd>}
    </div>
  );
}

/** Stats side by side with a line between; they wrap on a phone. */
export function StatRow({ children, className }: { children: ReactNode; className?: string }) {
  return (
    // Each stat's line stands at its left; those that begin a row are pushed out of sight, however many rows there are.
    <div className={cn('overflow-hidden', className)}>
      <dl className="-ml-px flex flex-wrap gap-y-2 [&>div]:border-l [&>div]:border-line">{children}</dl>
    </div>
  );
}
