import type { ComponentProps, ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';
import { Bar } from './bar.tsx';

/** One page inside the shell: its bar, its cards 12 px apart, and a footer that stays in sight when there is one. */
export function Page({
  footer,
  children,
  className,
  ...bar
}: ComponentProps<typeof Bar> & {
  /** Usually the chosen thing on the left and the primary button last. */
  footer?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <>
      <Bar {...bar} />
      <main
        id="main"
        tabIndex={-1}
        className={cn(
          'flex min-w-0 flex-1 flex-col gap-3 px-5 py-4 focus:outline-none max-md:px-4 max-md:py-3',
          className,
        )}
      >
        {children}
      </main>
      {footer === undefined ? null : (
        <footer className="sticky bottom-0 z-10 flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line bg-surface px-5 py-2.5 max-md:px-4">
          {footer}
        </footer>
      )}
    </>
  );
}
