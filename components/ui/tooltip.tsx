'use client';
import * as Radix from 'radix-ui/tooltip';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';

/** Words on hover and on focus. The child takes the focus (a button, a link, or `tabIndex={0}`). */
export function Tooltip({
  words,
  children,
  side = 'bottom',
  className,
}: {
  words: ReactNode;
  children: ReactNode;
  side?: 'top' | 'right' | 'bottom' | 'left';
  className?: string;
}) {
  return (
    <Radix.Provider delayDuration={200} skipDelayDuration={300}>
      <Radix.Root>
        <Radix.Trigger asChild>{children}</Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            side={side}
            sideOffset={6}
            collisionPadding={8}
            className={cn(
              'z-50 max-w-[230px] rounded-2 bg-ink px-[9px] py-1.5 text-12 leading-[1.35] text-bg shadow-2',
              className,
            )}
          >
            {words}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
