import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

/** The end of a form in a card: `note` says what will happen or what failed, the primary button stands last. */
export function FormActions({
  note,
  children,
  className,
}: {
  note?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('flex flex-wrap items-center justify-end gap-2 border-t border-line px-3 py-2.5', className)}>
      <div className="min-w-0 flex-1 basis-52 text-12 text-ink-2">{note}</div>
      {children}
    </div>
  );
}
