import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

/** A group of fields under a heading. Two columns where there is room; a field spans both with `sm:col-span-2`. */
export function FormSection({
  title,
  note,
  children,
  className,
}: {
  title: ReactNode;
  note?: ReactNode;
  children: ReactNode;
  className?: string;
}) {
  return (
    <fieldset className={cn('min-w-0 border-t border-line px-3 py-3 first:border-t-0', className)}>
      <legend className="float-left mb-2.5 w-full">
        <span className="font-semibold">{title}</span>
        {note === undefined ? null : <span className="ml-2 text-12 font-normal text-ink-3">{note}</span>}
      </legend>
      <div className="clear-both grid grid-cols-[minmax(0,1fr)] gap-3 sm:grid-cols-2">{children}</div>
    </fieldset>
  );
}
