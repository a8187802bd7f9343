import { curvePaths } from './chart-path.ts';
import { cn } from './cn.ts';

const tones = {
  cover: 'stroke-cover fill-cover',
  ins: 'stroke-ins fill-ins',
  upd: 'stroke-upd fill-upd',
  del: 'stroke-del fill-del',
};

/**
 * A rate over time: caption and latest value above, zero baseline, two grid lines, the top of the scale written at
 * the right (`sayTop`, by default as `say`, which writes a number with its unit). Who does not see it hears its bounds.
 */
export function AreaChart({
  caption,
  values,
  say,
  sayTop = say,
  slots,
  tone = 'cover',
  from,
  to,
  className,
}: {
  caption: string;
  /** Oldest first; `null` where nothing was heard. */
  values: readonly (number | null)[];
  say: (value: number) => string;
  sayTop?: (value: number) => string;
  /** How many samples the full width stands for. */
  slots?: number;
  tone?: keyof typeof tones;
  /** Words at the ends of the axis. */
  from?: string;
  to?: string;
  className?: string;
}) {
  const { line, area, top } = curvePaths(values, { width: 300, height: 60, slots });
  const known = values.filter((value): value is number => value !== null);
  const latest = known.at(-1);
  return (
    <figure className={cn('min-w-0', className)}>
      <figcaption className="flex items-baseline justify-between gap-2">
        <span className="text-12 text-ink-3">{caption}</span>
        <b className="font-semibold tabular-nums">{latest === undefined ? '–' : say(latest)}</b>
      </figcaption>
      <div className="relative mt-1 h-[58px] border-b border-axis">
        <svg viewBox="0 0 300 60" preserveAspectRatio="none" aria-hidden="true" className="size-full overflow-visible">
          <path d="M0 20H300M0 40H300" className="fill-none stroke-grid" vectorEffect="non-scaling-stroke" />
          <path d={area} className={cn(tones[tone], 'stroke-none')} opacity={0.13} />
          <path d={line} className={cn(tones[tone], 'fill-none')} strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
        </svg>
        <span className="absolute -top-0.5 right-0 text-11 text-ink-3">{sayTop(top)}</span>
      </div>
      {from === undefined && to === undefined ? null : (
        <div className="mt-1 flex justify-between text-11 text-ink-3">
          <span>{from}</span>
          <span>{to}</span>
        </div>
      )}
      <p className="sr-only">
        {known.length === 0
          ? 'No values yet.'
          : `Lowest ${say(Math.min(...known))}, highest ${say(Math.max(...known))}, ${known.length} values.`}
      </p>
    </figure>
  );
}
