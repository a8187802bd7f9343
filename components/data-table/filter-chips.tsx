'use client';
import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

export interface FilterOption<Value extends string> {
  value: Value;
  label: ReactNode;
  count?: ReactNode;
}

/** Any of a few; none chosen means all. Each chip is a toggle button. */
export function FilterChips<Value extends string>({
  label,
  options,
  chosen,
  onChange,
  className,
}: {
  label: string;
  options: readonly FilterOption<Value>[];
  chosen: readonly Value[];
  onChange: (chosen: Value[]) => void;
  className?: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset belongs to a form; these act at once
    <div role="group" aria-label={label} className={cn('flex flex-wrap gap-1', className)}>
      {options.map((option) => {
        const on = chosen.includes(option.value);
        return (
          <button
            key={option.value}
            type="button"
            aria-pressed={on}
            onClick={() => onChange(on ? chosen.filter((value) => value !== option.value) : [...chosen, option.value])}
            className={cn(
              'inline-flex h-control-s items-center gap-1.5 rounded-full border px-2.5 text-12 leading-none font-medium whitespace-nowrap',
              on
                ? 'border-accent-line bg-accent-soft text-accent'
                : 'border-line-strong bg-surface text-ink-2 hover:bg-hover',
            )}
          >
            {option.label}
            {option.count === undefined ? null : (
              <span className={cn('text-11 font-normal', on ? 'text-accent' : 'text-ink-3')}>{option.count}</span>
            )}
          </button>
        );
      })}
    </div>
  );
}
