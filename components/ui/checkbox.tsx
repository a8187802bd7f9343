'use client';
import { Check, Minus } from 'lucide-react';
import * as Radix from 'radix-ui/checkbox';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { cn } from './cn.ts';

/** Checked, not, or `'indeterminate'` for "some of them". Without a label beside it, it carries an `aria-label`. */
export function Checkbox({ className, ...props }: ComponentProps<typeof Radix.Root>) {
  return (
    <Radix.Root
      className={cn(
        'group grid size-4 shrink-0 place-items-center rounded-1 border border-line-control bg-surface text-accent-ink disabled:border-line disabled:bg-sunken data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent',
        className,
      )}
      {...props}
    >
      <Radix.Indicator>
        <Check aria-hidden="true" className="size-3 group-data-[state=indeterminate]:hidden" strokeWidth={3.5} />
        <Minus aria-hidden="true" className="hidden size-3 group-data-[state=indeterminate]:block" strokeWidth={3.5} />
      </Radix.Indicator>
    </Radix.Root>
  );
}

/** A checkbox with its words, and a quieter line of what it means. */
export function CheckboxLine({
  label,
  hint,
  className,
  ...props
}: Omit<ComponentProps<typeof Checkbox>, 'children'> & { label: ReactNode; hint?: ReactNode }) {
  const id = useId();
  return (
    <div className={cn('flex items-start gap-2', className)}>
      <Checkbox
        id={id}
        className="mt-0.5"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        {...props}
      />
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
