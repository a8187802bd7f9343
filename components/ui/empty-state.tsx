import type { ReactNode } from 'react';
import { cn } from './cn.ts';

/** What would be here, and the one step that fills it. */
export function EmptyState({
  title,
  children,
  action,
  className,
}: {
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  className?: string;
}) {
  return (
    <div className={cn('flex flex-col items-center gap-1 px-4 py-10 text-center', className)}>
      <p className="font-semibold">{title}</p>
      {children === undefined ? null : <div className="max-w-[52ch] text-ink-2">{children}</div>}
      {action === undefined ? null : <div className="mt-2.5 flex flex-wrap justify-center gap-2">{action}</div>}
    </div>
  );
}
