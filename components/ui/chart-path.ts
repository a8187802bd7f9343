/** The drawing of a curve, apart from React: samples in, SVG paths out. */

export interface CurvePaths {
  line: string;
  area: string;
  /** The value at the top of the box: the scale is linear from zero. */
  top: number;
}

/**
 * Paths for `values` spread evenly over `width` × `height` units, zero at the bottom. `slots` is how many samples the
 * full width stands for (default: all of them), so a curve that is still growing leaves room at its right. A `null`
 * sample is a hole: the line is broken there, never bridged. Values below zero are drawn at zero.
 */
export function curvePaths(
  values: readonly (number | null)[],
  box: { width: number; height: number; slots?: number; top?: number },
): CurvePaths {
  const known = values.filter((value): value is number => value !== null);
  const top = box.top ?? niceTop(Math.max(0, ...known));
  const step = box.width / Math.max(1, (box.slots ?? values.length) - 1);
  const line: string[] = [];
  const area: string[] = [];
  for (const run of runs(values)) {
    const points = run.values.map((value, offset) => {
      const x = round((run.start + offset) * step);
      const y = round(box.height - (Math.min(Math.max(value, 0), top) / (top || 1)) * box.height);
      return `${x} ${y}`;
    });
    line.push(`M${points.join('L')}`);
    const left = round(run.start * step);
    const right = round((run.start + run.values.length - 1) * step);
    area.push(`M${left} ${box.height}L${points.join('L')}L${right} ${box.height}Z`);
  }
  return { line: line.join(''), area: area.join(''), top };
}

/** The next of 1, 1.5, 2, 3, 5, 7 × 10ⁿ at or above `value`, so that a scale stands still while values wander. */
export function niceTop(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 1.5, 2, 3, 5, 7, 10].find((candidate) => candidate * power >= value * 0.999999) ?? 10;
  return step * power;
}

function* runs(values: readonly (number | null)[]): Generator<{ start: number; values: number[] }> {
  let run: { start: number; values: number[] } | undefined;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      if (run) yield run;
      run = undefined;
    } else {
      run ??= { start: index, values: [] };
      run.values.push(value);
    }
  }
  if (run) yield run;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
