import type { ReadNode } from './cut-reading.ts';
import type { CutStop } from './cut-stops.ts';
import type { LogCut } from './log-cut.ts';

/** How exact a cut by time is: of what is not in, the earliest may have been committed so long before the point. */
export function resolutionOf(nodes: readonly ReadNode[], { atMs, exact }: CutStop): LogCut['resolution'] {
  let ms = 0;
  let widest: ReadNode | null = null;
  for (const one of nodes) {
    if (one.scan.node === exact?.node) continue;
    const { next } = one.scan.aroundBorder();
    if (!next || atMs - next.earliestMs <= ms) continue;
    ms = atMs - next.earliestMs;
    widest = one;
  }
  const skews = nodes.flatMap(({ log: { node, log } }) => {
    const skewMs = log.at(-1)?.index.summary.clockSkewMs ?? 0;
    return skewMs === 0
      ? []
      : [`that of ${node} was ${Math.abs(skewMs)} ms ${skewMs > 0 ? 'ahead of' : 'behind'} ours`];
  });
  const times = widest
    ? `the log of node ${widest.scan.node} tells the second in which a transaction began, and the next one reached us after the point`
    : exact && nodes.length === 1
      ? 'the node stops at a transaction, not at a time'
      : 'every transaction that may have been committed before the point is in';
  return { ms, why: skews.length === 0 ? times : `${times}; clocks are compared as measured: ${skews.join(', ')}` };
}
