'use client';
import * as RadioGroup from 'radix-ui/radio-group';
import type { ReactNode } from 'react';
import { cn } from '#components/ui/cn.ts';

export interface Choice<Value extends string> {
  value: Value;
  title: ReactNode;
  /** What it does to the data. */
  note: ReactNode;
  /** Why it cannot be chosen; the card is shown all the same. */
  refused?: ReactNode;
}

/** One of a few that need a sentence each: where a restore lands, what a backup covers. */
export function ChoiceCards<Value extends string>({
  label,
  value,
  onChange,
  choices,
  className,
  name,
}: {
  label: string;
  value: Value | undefined;
  onChange: (value: Value) => void;
  choices: readonly Choice<Value>[];
  className?: string;
  name?: string;
}) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value ?? null}
      name={name}
      onValueChange={(next) => onChange(next as Value)}
      className={cn('grid gap-2 sm:grid-flow-col sm:auto-cols-fr', className)}
    >
      {choices.map((choice) => (
        <RadioGroup.Item
          key={choice.value}
          value={choice.value}
          disabled={choice.refused !== undefined}
          className="group flex items-start gap-2.5 rounded-2 border border-line-control bg-surface px-3 py-2.5 text-left hover:bg-hover disabled:border-line disabled:bg-sunken disabled:text-ink-3 data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft data-[state=checked]:ring-1 data-[state=checked]:ring-accent"
        >
          <span
            aria-hidden="true"
            className="mt-[3px] size-3.5 shrink-0 rounded-full border border-line-control bg-surface group-data-[state=checked]:border-4 group-data-[state=checked]:border-accent"
          />
          <span className="min-w-0">
            <span className="block font-semibold">{choice.title}</span>
            <span className="block text-12 text-ink-2 group-disabled:text-ink-3">{choice.refused ?? choice.note}</span>
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
