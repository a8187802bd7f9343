/** Where nodes and lines of the topology picture lie, apart from React. */

export type Health = 'ok' | 'warn' | 'bad' | 'unknown';

export interface TopologyNode {
  name: string;
  role: 'computing' | 'storage';
  engine: string;
  address: string;
  health: Health;
  /** The sentence behind the health: what is wrong, or what was checked. */
  detail: string;
  tables?: number;
  bytes?: number | bigint;
}

/** Names of the two nodes a line joins. */
export type TopologyLink = readonly [from: string, to: string];

export interface Line {
  from: string;
  to: string;
  path: string;
  /** The worse of both ends. */
  health: Health;
}

export interface Layout {
  computing: TopologyNode[];
  storage: TopologyNode[];
  lines: Line[];
  height: number;
}

export interface Metrics {
  nodeHeight: number;
  gap: number;
  /** Width of the strip between the columns, where the lines run. */
  strip: number;
}

const badness: Record<Health, number> = { bad: 3, warn: 2, unknown: 1, ok: 0 };

/**
 * Two columns, each worst first and then by name, the shorter one centred; a line per link from the right edge of its
 * left node to the left edge of its right one. A link that names an unknown node or two of one column is not drawn.
 */
export function layoutTopology(
  nodes: readonly TopologyNode[],
  links: readonly TopologyLink[],
  { nodeHeight, gap, strip }: Metrics,
): Layout {
  const column = (role: TopologyNode['role']) =>
    nodes
      .filter((node) => node.role === role)
      .sort((a, b) => badness[b.health] - badness[a.health] || a.name.localeCompare(b.name, 'en', { numeric: true }));
  const computing = column('computing');
  const storage = column('storage');
  const tall = (count: number) => Math.max(0, count * (nodeHeight + gap) - gap);
  const height = Math.max(tall(computing.length), tall(storage.length));
  const middles = (list: TopologyNode[]) => {
    const top = (height - tall(list.length)) / 2;
    return new Map(list.map((node, index) => [node.name, top + index * (nodeHeight + gap) + nodeHeight / 2]));
  };
  const [left, right] = [middles(computing), middles(storage)];
  const healthOf = new Map(nodes.map((node) => [node.name, node.health]));
  const lines = links.flatMap(([one, other]) => {
    const [from, to] = left.has(one) ? [one, other] : [other, one];
    const [y1, y2] = [left.get(from), right.get(to)];
    if (y1 === undefined || y2 === undefined) return [];
    const health = worse(healthOf.get(from)!, healthOf.get(to)!);
    return [{ from, to, path: elbow(y1, y2, strip), health }];
  });
  // The worst lines last, so that they lie on top.
  lines.sort((a, b) => badness[a.health] - badness[b.health]);
  return { computing, storage, lines, height };
}

function worse(one: Health, other: Health): Health {
  return badness[one] >= badness[other] ? one : other;
}

// Straight out, a rounded turn in the middle of the strip, straight in.
function elbow(y1: number, y2: number, strip: number): string {
  const middle = strip / 2;
  const radius = Math.min(6, Math.abs(y2 - y1) / 2);
  if (radius === 0) return `M0 ${y1}H${strip}`;
  const way = y2 > y1 ? 1 : -1;
  return [
    `M0 ${y1}H${middle - radius}`,
    `Q${middle} ${y1} ${middle} ${y1 + way * radius}`,
    `V${y2 - way * radius}`,
    `Q${middle} ${y2} ${middle + radius} ${y2}`,
    `H${strip}`,
  ].join('');
}
