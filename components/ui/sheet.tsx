'use client';
import * as Radix from 'radix-ui/dialog';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';
import { scrimLook } from './dialog.tsx';

/** A panel from an edge over the page; Escape, the scrim and a followed link close it. */
export function Sheet({
  open,
  onOpenChange,
  title,
  side = 'left',
  children,
  className,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Read aloud; the sheet's own content is what is seen. */
  title: string;
  side?: 'left' | 'right';
  children: ReactNode;
  className?: string;
}) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={scrimLook} />
        <Radix.Content
          aria-describedby={undefined}
          className={cn(
            'fixed inset-y-0 z-40 w-[min(280px,calc(100vw-56px))] overflow-y-auto bg-surface shadow-2 focus:outline-none',
            side === 'left' ? 'left-0' : 'right-0',
            className,
          )}
        >
          <Radix.Title className="sr-only">{title}</Radix.Title>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
