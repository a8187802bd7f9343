'use client';
import { ChevronDown } from 'lucide-react';
import type { ComponentProps } from 'react';
import { cn } from './cn.ts';
import { useFieldWiring } from './field.tsx';
import { controlLook } from './input.tsx';

/** The browser's own list, in our frame: it works with every keyboard, reader and phone. Children are options. */
export function Select({ className, children, ...props }: ComponentProps<'select'>) {
  const wiring = useFieldWiring();
  return (
    <div className={cn('relative', className)}>
      <select className={cn(controlLook, 'h-[34px] appearance-none pr-8 max-md:h-9')} {...wiring} {...props}>
        {children}
      </select>
      <ChevronDown
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3"
      />
    </div>
  );
}
