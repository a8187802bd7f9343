import type { TopologyNode } from '#components/cluster/topology-layout.ts';
import { plural } from '#components/format/number.ts';
import type { State } from '#components/ui/glyph.tsx';
import type { CheckState, ClusterKind, NodeCheck, NodeInfo } from '#server/contract/cluster.ts';

export const kindNames: Record<ClusterKind, string> = {
  fdw: 'PostgreSQL with foreign tables',
  klustron: 'Klustron',
  mysql: 'MySQL or MariaDB',
  postgres: 'PostgreSQL',
};

export const healthWords: Record<CheckState, { word: string; state: State }> = {
  ok: { word: 'Healthy', state: 'ok' },
  warn: { word: 'Look at it', state: 'warn' },
  bad: { word: 'Failing', state: 'bad' },
  unknown: { word: 'Not checked', state: 'unknown' },
};

const badness: Record<CheckState, number> = { bad: 3, warn: 2, unknown: 1, ok: 0 };

/** Worst first; equal ones keep their order. */
export const worstFirst = (checks: readonly NodeCheck[]): NodeCheck[] =>
  [...checks].sort((a, b) => badness[b.state] - badness[a.state]);

const engineNames = { mariadb: 'MariaDB', mysql: 'MySQL', postgres: 'PostgreSQL' };

/** A node as the picture draws it: its worst check is its health and its sentence. One unknown finding is no illness. */
export function nodeForPicture(node: NodeInfo, checks: readonly NodeCheck[]): TopologyNode {
  const own = worstFirst(checks.filter((check) => check.node === node.name));
  const [worst] = own;
  const has = (state: CheckState) => own.some((check) => check.state === state);
  const sick = !node.reachable || has('bad') ? 'bad' : has('warn') ? 'warn' : undefined;
  const health = sick ?? (has('ok') ? 'ok' : 'unknown');
  return {
    name: node.name,
    role: node.role,
    engine: [engineNames[node.flavor ?? node.engine], shortVersion(node.version)].filter(Boolean).join(' '),
    address: `${node.host}:${node.port}`,
    health,
    detail:
      worst === undefined
        ? 'not reached yet'
        : worst.state === 'ok'
          ? `${plural(own.length, 'check')}, all well`
          : worst.detail,
  };
}

/** `10.11.19-MariaDB-0+deb12u1-log` → `10.11.19` */
const shortVersion = (version: string | null): string => /^\d+(\.\d+)*/.exec(version ?? '')?.[0] ?? version ?? '';

/** Every computing node reaches every storage node. */
export function linksOf(nodes: readonly Pick<NodeInfo, 'name' | 'role'>[]): [string, string][] {
  const named = (role: NodeInfo['role']) => nodes.filter((node) => node.role === role).map(({ name }) => name);
  return named('computing').flatMap((from) => named('storage').map((to): [string, string] => [from, to]));
}
