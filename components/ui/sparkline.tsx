import { curvePaths } from './chart-path.ts';
import { cn } from './cn.ts';

/** A curve in a line of text. `label` says in words what it shows; the number stands beside it. */
export function Sparkline({
  values,
  label,
  className,
}: {
  values: readonly (number | null)[];
  label: string;
  className?: string;
}) {
  const { line, area } = curvePaths(values, { width: 80, height: 20 });
  return (
    <svg
      viewBox="0 0 80 20"
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={cn('h-5 w-20', className)}
    >
      <path d={area} className="fill-cover" opacity={0.13} />
      <path d={line} className="fill-none stroke-cover" strokeWidth={1.5} vectorEffect="non-scaling-stroke" />
    </svg>
  );
}
