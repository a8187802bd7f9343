'use client';
import type { ComponentProps } from 'react';
import { cn } from './cn.ts';
import { useFieldWiring } from './field.tsx';
import { controlLook } from './input.tsx';

/** Several lines; `mono` for what a machine reads (a list of names, a certificate). */
export function Textarea({ className, mono, rows = 4, ...props }: ComponentProps<'textarea'> & { mono?: boolean }) {
  const wiring = useFieldWiring();
  return (
    <textarea
      rows={rows}
      className={cn(controlLook, 'py-1.5 leading-normal', mono && 'font-mono text-12', className)}
      {...wiring}
      {...props}
    />
  );
}
