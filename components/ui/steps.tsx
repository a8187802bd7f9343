import { Check } from 'lucide-react';
import { Fragment } from 'react';
import { cn } from './cn.ts';

/** Where one is in a few named steps. `current` counts from 0; on a phone only the current one shows. */
export function Steps({
  label,
  steps,
  current,
  className,
}: {
  label: string;
  steps: readonly string[];
  current: number;
  className?: string;
}) {
  return (
    <ol aria-label={label} className={cn('flex items-center text-12', className)}>
      {steps.map((step, index) => {
        const state = index < current ? 'done' : index === current ? 'now' : 'later';
        return (
          <Fragment key={step}>
            {index === 0 ? null : <li aria-hidden="true" className="mx-2 h-px w-4 bg-line-strong max-md:hidden" />}
            <li
              aria-current={state === 'now' ? 'step' : undefined}
              className={cn(
                'flex items-center gap-1.5 px-0.5 text-ink-3',
                state === 'now' ? 'font-semibold text-ink' : 'max-md:hidden',
              )}
            >
              <span
                aria-hidden="true"
                className={cn(
                  'grid size-[18px] place-items-center rounded-full border border-line-control text-11 leading-none font-semibold',
                  state === 'done' && 'border-accent bg-accent-soft text-accent',
                  state === 'now' && 'border-accent bg-accent text-accent-ink',
                )}
              >
                {state === 'done' ? <Check className="size-2.5" strokeWidth={3} /> : index + 1}
              </span>
              {step}
              {state === 'done' ? <span className="sr-only">, done</span> : null}
              {state === 'now' ? <span className="font-normal text-ink-3 md:hidden">of {steps.length}</span> : null}
            </li>
          </Fragment>
        );
      })}
    </ol>
  );
}
