'use client';
import { createContext, type ReactNode, useContext, useId, useMemo } from 'react';
import { cn } from './cn.ts';

interface Wiring {
  id: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldContext = createContext<Wiring | null>(null);

/**
 * A labelled control. Inside it an Input, Textarea, Select, PasswordInput, Checkbox or Switch finds its id, its
 * description (hint, echo and error, in that order) and whether it is invalid; nothing is wired by hand.
 * `echo` repeats what was understood ("Friday 20 November 2026, 02:41") and is announced when it changes.
 */
export function Field({
  label,
  hint,
  error,
  echo,
  aside,
  required = false,
  children,
  className,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  echo?: ReactNode;
  /** At the right end of the label's line: a link, a count. */
  aside?: ReactNode;
  required?: boolean;
  children: ReactNode;
  className?: string;
}) {
  const id = useId();
  const has = { hint: filled(hint), echo: filled(echo), error: filled(error) };
  const describedBy =
    [has.hint && `${id}-hint`, has.echo && `${id}-echo`, has.error && `${id}-error`].filter(Boolean).join(' ') ||
    undefined;
  const wiring = useMemo(
    () => ({ id, describedBy, invalid: has.error, required }),
    [id, describedBy, has.error, required],
  );
  return (
    <FieldContext value={wiring}>
      <div className={cn('min-w-0', className)}>
        <div className="mb-1 flex items-baseline justify-between gap-2 text-12 text-ink-3">
          <label htmlFor={id}>{label}</label>
          {aside}
        </div>
        {children}
        {has.hint ? (
          <p id={`${id}-hint`} className="mt-1 text-12 text-ink-3">
            {hint}
          </p>
        ) : null}
        <div id={`${id}-echo`} aria-live="polite" className={has.echo ? 'mt-1 text-12 text-ink-2' : undefined}>
          {echo}
        </div>
        {has.error ? (
          <p id={`${id}-error`} className="mt-1 text-12 text-bad">
            {error}
          </p>
        ) : null}
      </div>
    </FieldContext>
  );
}

/** What a control inside a Field adds to its own props; outside a Field it adds nothing. Own props win. */
export function useFieldWiring(): {
  id?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
  'aria-required'?: true;
} {
  const wiring = useContext(FieldContext);
  if (!wiring) return {};
  return {
    id: wiring.id,
    ...(wiring.describedBy ? { 'aria-describedby': wiring.describedBy } : {}),
    ...(wiring.invalid ? { 'aria-invalid': true } : {}),
    ...(wiring.required ? { 'aria-required': true } : {}),
  };
}

function filled(node: ReactNode): boolean {
  return node !== undefined && node !== null && node !== false && node !== '';
}
