import type { ReactNode } from 'react';
import { cn } from './cn.ts';
import { Glyph, type State } from './glyph.tsx';

const grounds: Record<State, string> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  run: 'bg-run-soft text-run',
  idle: 'bg-idle-soft text-ink-2',
  unknown: 'bg-idle-soft text-ink-2',
};

const pill =
  'inline-flex tabular-nums max-w-full shrink-0 items-center gap-[5px] rounded-full px-[7px] text-11 leading-[18px] font-medium whitespace-nowrap';

/** A state in a glyph and a word. */
export function Tag({ state, children, className }: { state: State; children: ReactNode; className?: string }) {
  return (
    <span className={cn(pill, grounds[state], className)}>
      <Glyph state={state} className="size-2.5" />
      <span className="truncate">{children}</span>
    </span>
  );
}

/** How many, beside a heading that says of what. */
export function Count({ state = 'idle', children, label }: { state?: State; children: ReactNode; label?: string }) {
  return (
    <span className={cn(pill, grounds[state])}>
      {children}
      {label === undefined ? null : <span className="sr-only"> {label}</span>}
    </span>
  );
}

/** A label that is no state: a kind, a role, an engine. */
export function Label({ children, className }: { children: ReactNode; className?: string }) {
  return <span className={cn(pill, 'border border-line bg-surface text-ink-2', className)}>{children}</span>;
}
