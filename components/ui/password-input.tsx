'use client';
import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useState } from 'react';
import { cn } from './cn.ts';
import { useFieldWiring } from './field.tsx';
import { controlLook } from './input.tsx';

/** A secret that can be looked at while typing. `autoComplete` says whether it is a new or a current one. */
export function PasswordInput({
  className,
  autoComplete = 'current-password',
  ...props
}: Omit<ComponentProps<'input'>, 'type'>) {
  const wiring = useFieldWiring();
  const [shown, setShown] = useState(false);
  const Eyes = shown ? EyeOff : Eye;
  return (
    <div className={cn('relative', className)}>
      <input
        type={shown ? 'text' : 'password'}
        autoComplete={autoComplete}
        autoCapitalize="off"
        spellCheck={false}
        className={cn(controlLook, 'h-[34px] pr-10 max-md:h-9')}
        {...wiring}
        {...props}
      />
      <button
        type="button"
        aria-label={shown ? 'Hide what is typed' : 'Show what is typed'}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-1 right-1 grid w-8 place-items-center rounded-1 text-ink-3 -outline-offset-2 hover:text-ink"
      >
        <Eyes aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
