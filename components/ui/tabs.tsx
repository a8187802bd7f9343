'use client';
import * as Radix from 'radix-ui/tabs';
import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn.ts';

export const Tabs = Radix.Root;

/** The row of tabs; scrolls sideways where it does not fit. */
export function TabList({ label, className, ...props }: ComponentProps<typeof Radix.List> & { label: string }) {
  return (
    <Radix.List
      aria-label={label}
      className={cn('flex gap-4 overflow-x-auto border-b border-line px-0.5', className)}
      {...props}
    />
  );
}

export function Tab({ value, count, children }: { value: string; count?: ReactNode; children: ReactNode }) {
  return (
    <Radix.Trigger
      value={value}
      className="-mb-px flex h-control items-center gap-1.5 border-b-2 border-transparent px-0.5 font-medium whitespace-nowrap text-ink-2 -outline-offset-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
    >
      {children}
      {count === undefined ? null : <span className="text-11 font-normal text-ink-3">{count}</span>}
    </Radix.Trigger>
  );
}

export function TabPanel({ className, ...props }: ComponentProps<typeof Radix.Content>) {
  return <Radix.Content className={cn('pt-3', className)} {...props} />;
}
