import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

/** A detail page's first words: what it is, one quiet line about it, and its state or controls at the right. */
export function PageHeader({
  title,
  note,
  aside,
  className,
}: {
  title: ReactNode;
  note?: ReactNode;
  aside?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('flex items-start justify-between gap-x-4 gap-y-2 max-md:flex-col', className)}>
      <div className="min-w-0">
        <h1 className="text-20 break-words">{title}</h1>
        {note === undefined ? null : <p className="mt-0.5 text-12 text-ink-3">{note}</p>}
      </div>
      {aside === undefined ? null : (
        <div className="flex shrink-0 flex-wrap items-center gap-1.5 pt-0.5 max-md:shrink">{aside}</div>
      )}
    </div>
  );
}
