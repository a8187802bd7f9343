'use client';
import * as Radix from 'radix-ui/switch';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from './cn.ts';

/** On or off, and it takes effect at once; what is saved later is a checkbox. */
export function Switch({
  label,
  hint,
  className,
  ...props
}: Omit<ComponentProps<typeof Radix.Root>, 'children'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId();
  return (
    <div className={cn('flex items-start gap-2.5', className)}>
      <Radix.Root
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="mt-px h-[18px] w-8 shrink-0 rounded-full border border-line-control bg-sunken p-px disabled:border-line data-[state=checked]:border-accent data-[state=checked]:bg-accent"
        {...props}
      >
        <Radix.Thumb className="block size-3.5 rounded-full bg-line-control transition-transform data-[state=checked]:translate-x-3.5 data-[state=checked]:bg-accent-ink" />
      </Radix.Root>
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint === undefined ? null : (
          <p id={`${id}-hint`} className="text-12 text-ink-3">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}
