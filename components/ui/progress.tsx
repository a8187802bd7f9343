import { cn } from './cn.ts';

const fills = { accent: 'bg-accent', ok: 'bg-ok', bad: 'bg-bad', idle: 'bg-idle' };

/**
 * How far, between 0 and 1; without a value work goes on whose end is not known yet (a slow breath, still for who
 * asked for less motion). `text` is read instead of the percentage.
 */
export function Progress({
  value,
  label,
  text,
  tone = 'accent',
  className,
}: {
  value?: number;
  label: string;
  text?: string;
  tone?: keyof typeof fills;
  className?: string;
}) {
  const known = value !== undefined;
  const share = known ? Math.min(1, Math.max(0, value)) : 1;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={known ? Math.floor(share * 100) : undefined}
      aria-valuetext={text}
      className={cn('h-1.5 min-w-10 overflow-hidden rounded-full bg-idle-soft', className)}
    >
      <div
        className={cn(
          'h-full rounded-full',
          known ? fills[tone] : 'bg-accent-line motion-safe:animate-breathe',
          known && share > 0 && 'min-w-1.5',
        )}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
