'use client';
import * as RadioGroup from 'radix-ui/radio-group';
import type { ReactNode } from 'react';
import { cn } from './cn.ts';

export interface Segment<Value extends string> {
  value: Value;
  label: ReactNode;
  /** Small words behind the label, such as an offset. */
  note?: ReactNode;
  disabled?: boolean;
}

/** One of a few, all in sight. A radio group: arrow keys move and choose. */
export function Segmented<Value extends string>({
  label,
  value,
  onChange,
  segments,
  className,
  name,
}: {
  /** Read aloud; not drawn. */
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  segments: readonly Segment<Value>[];
  className?: string;
  name?: string;
}) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(next) => onChange(next as Value)}
      orientation="horizontal"
      name={name}
      className={cn('inline-flex gap-0.5 rounded-2 border border-line bg-sunken p-0.5', className)}
    >
      {segments.map((segment) => (
        <RadioGroup.Item
          key={segment.value}
          value={segment.value}
          disabled={segment.disabled}
          className="inline-flex h-6 flex-auto items-center justify-center rounded-1 px-[9px] text-12 leading-none font-medium whitespace-nowrap text-ink-2 hover:text-ink disabled:text-ink-off data-[state=checked]:bg-surface data-[state=checked]:text-ink data-[state=checked]:ring-1 data-[state=checked]:ring-line-strong max-md:h-[30px]"
        >
          {segment.label}
          {segment.note === undefined ? null : (
            <span className="ml-1.5 text-11 font-normal text-ink-3">{segment.note}</span>
          )}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
