import { formatBytes } from '#components/format/bytes.ts';
import { plural } from '#components/format/number.ts';
import { cn } from '#components/ui/cn.ts';
import { Glyph, stateInk } from '#components/ui/glyph.tsx';
import { type Health, type Layout, layoutTopology, type TopologyLink, type TopologyNode } from './topology-layout.ts';

export type { TopologyLink, TopologyNode } from './topology-layout.ts';

// The boxes below are drawn at exactly this height: the lines are placed by it.
const metrics = { nodeHeight: 76, gap: 8, strip: 56 };

const healthWord: Record<Health, string> = {
  ok: 'Healthy',
  warn: 'Look at it',
  bad: 'Failing',
  unknown: 'Not checked',
};
const strokes: Record<Health, string> = {
  ok: 'stroke-line-strong',
  warn: 'stroke-warn',
  bad: 'stroke-bad',
  unknown: 'stroke-line-strong [stroke-dasharray:2_3]',
};

/**
 * Computing nodes at the left (on top on a phone), storage nodes at the right, lines between the linked ones, worst
 * first. The boxes are two real lists, read in order; each storage node says which computing nodes reach it.
 */
export function TopologyPicture({
  nodes,
  links,
  label = 'Topology',
  className,
}: {
  nodes: readonly TopologyNode[];
  links: readonly TopologyLink[];
  label?: string;
  className?: string;
}) {
  const layout = layoutTopology(nodes, links, metrics);
  const alone = layout.computing.length === 0;
  return (
    <figure
      aria-label={label}
      className={cn('flex min-w-0 items-center p-3 max-sm:flex-col max-sm:items-stretch', className)}
    >
      {alone ? null : (
        <>
          <Column heading="Computing nodes" nodes={layout.computing} layout={layout} className="sm:max-w-80" />
          <svg
            width={metrics.strip}
            height={layout.height}
            aria-hidden="true"
            className="shrink-0 overflow-visible max-sm:hidden"
          >
            {layout.lines.map((line) => (
              <path
                key={`${line.from} ${line.to}`}
                d={line.path}
                strokeWidth={1.5}
                className={cn('fill-none', strokes[line.health])}
              />
            ))}
          </svg>
          {layout.lines.length === 0 ? null : (
            <span aria-hidden="true" className="ml-6 h-3 w-px border-l-[1.5px] border-line-strong sm:hidden" />
          )}
        </>
      )}
      <Column
        heading="Storage nodes"
        nodes={layout.storage}
        layout={layout}
        className={cn(
          'sm:max-w-120',
          !alone && 'max-sm:ml-6 max-sm:border-l-[1.5px] max-sm:border-line-strong max-sm:pl-3',
        )}
      />
    </figure>
  );
}

function Column({
  heading,
  nodes,
  layout,
  className,
}: {
  heading: string;
  nodes: readonly TopologyNode[];
  layout: Layout;
  className?: string;
}) {
  return (
    <ul aria-label={heading} className={cn('flex min-w-0 flex-1 flex-col', className)} style={{ gap: metrics.gap }}>
      {nodes.map((node) => (
        <NodeBox
          key={node.name}
          node={node}
          reachedFrom={layout.lines.filter((line) => line.to === node.name).map((line) => line.from)}
        />
      ))}
    </ul>
  );
}

function NodeBox({ node, reachedFrom }: { node: TopologyNode; reachedFrom: readonly string[] }) {
  const holds = [
    node.tables === undefined ? undefined : plural(node.tables, node.role === 'storage' ? 'fragment' : 'table'),
    node.bytes === undefined ? undefined : formatBytes(node.bytes),
  ].filter((words) => words !== undefined);
  return (
    <li
      style={{ height: metrics.nodeHeight }}
      className={cn(
        'relative flex flex-col justify-center overflow-hidden rounded-2 border bg-surface px-3',
        node.health === 'bad' ? 'border-bad' : node.health === 'warn' ? 'border-warn' : 'border-line-strong',
      )}
    >
      <div className="flex items-center gap-2">
        <span className="max-w-3/5 shrink-0 truncate font-semibold" title={node.name}>
          {node.name}
        </span>
        <span className="truncate text-12 text-ink-3" title={node.engine}>
          {node.engine}
        </span>
        <span
          className={cn(
            'ml-auto inline-flex items-center gap-1 text-11 font-medium whitespace-nowrap',
            stateInk[node.health],
          )}
        >
          <Glyph state={node.health} />
          {healthWord[node.health]}
        </span>
      </div>
      <div className="flex min-w-0 justify-between gap-3 text-12">
        <span className="truncate font-mono text-11 leading-[18px] text-ink-2" title={node.address}>
          {node.address}
        </span>
        <span className="whitespace-nowrap text-ink-2 tabular-nums">{holds.join(' · ')}</span>
      </div>
      <p className="truncate text-12 text-ink-3" title={node.detail}>
        {node.detail}
        {reachedFrom.length === 0 ? null : <span className="sr-only"> Reached from {reachedFrom.join(', ')}.</span>}
      </p>
    </li>
  );
}
