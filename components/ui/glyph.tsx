import { Check, CircleHelp, Clock, Minus, TriangleAlert, X } from 'lucide-react';
import { cn } from './cn.ts';

/** A state as it is drawn everywhere: always a glyph and a word, never colour alone. */
export type State = 'ok' | 'warn' | 'bad' | 'run' | 'idle' | 'unknown';

const glyphs = { ok: Check, warn: TriangleAlert, bad: X, run: Clock, idle: Minus, unknown: CircleHelp };

export const stateInk: Record<State, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  run: 'text-run',
  idle: 'text-idle',
  unknown: 'text-idle',
};

/** The glyph alone; the word stands beside it. */
export function Glyph({ state, className }: { state: State; className?: string }) {
  const Drawn = glyphs[state];
  return <Drawn aria-hidden="true" strokeWidth={2.75} className={cn('size-3 shrink-0', className)} />;
}
