import type { ComponentProps, ReactNode } from 'react';
import { cn } from './cn.ts';

/** A surface with one border. Give it an `aria-label` (or `aria-labelledby`) when it holds more than a line. */
export function Card({ className, ...props }: ComponentProps<'section'>) {
  return <section className={cn('min-w-0 rounded-3 border border-line bg-surface shadow-1', className)} {...props} />;
}

/** Title on the left, controls (children) on the right; the line below belongs to the header. */
export function CardHeader({
  title,
  note,
  children,
  className,
  id,
}: {
  title: ReactNode;
  /** A few quiet words beside the title: an order, a span of time. */
  note?: ReactNode;
  children?: ReactNode;
  className?: string;
  /** Of the heading, for `aria-labelledby`. */
  id?: string;
}) {
  return (
    <header
      className={cn(
        'flex min-h-[38px] flex-wrap items-center gap-2 border-b border-line px-3 py-[5px] last:border-b-0',
        className,
      )}
    >
      <h2 id={id}>{title}</h2>
      {note === undefined ? null : <span className="text-12 text-ink-3">{note}</span>}
      <span className="flex-1" />
      {children}
    </header>
  );
}

export function CardBody({ className, ...props }: ComponentProps<'div'>) {
  return <div className={cn('p-3', className)} {...props} />;
}
