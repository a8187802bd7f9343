'use client';
import type { ComponentProps } from 'react';
import { cn } from './cn.ts';
import { useFieldWiring } from './field.tsx';

/** How every text control looks: a 3:1 border, the accent when focused, red when it is invalid. */
export const controlLook =
  'block w-full min-w-0 rounded-2 border border-line-control bg-surface px-2.5 text-13 text-ink placeholder:text-ink-3 focus:border-accent focus:ring-1 focus:ring-accent focus:outline-none disabled:border-line disabled:bg-sunken disabled:text-ink-off aria-invalid:border-bad aria-invalid:focus:ring-bad';

export function Input({ className, type = 'text', ...props }: ComponentProps<'input'>) {
  const wiring = useFieldWiring();
  return <input type={type} className={cn(controlLook, 'h-[34px] max-md:h-9', className)} {...wiring} {...props} />;
}
