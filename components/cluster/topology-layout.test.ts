import { expect, test } from 'vitest';
import { layoutTopology, type TopologyNode } from '#components/cluster/topology-layout.ts';

const metrics = { nodeHeight: 60, gap: 10, strip: 40 };

function node(name: string, role: TopologyNode['role'], health: TopologyNode['health'] = 'ok'): TopologyNode {
  return { name, role, health, engine: 'MariaDB', address: '127.0.0.1:3306', detail: '' };
}

test('each column is worst first, then in counting order', () => {
  const { storage } = layoutTopology(
    [node('s10', 'storage'), node('s2', 'storage'), node('s3', 'storage', 'bad'), node('s4', 'storage', 'warn')],
    [],
    metrics,
  );
  expect(storage.map(({ name }) => name)).toEqual(['s3', 's4', 's2', 's10']);
});

test('lines run between the middles of their nodes and the shorter column is centred', () => {
  const nodes = [node('cn', 'computing'), node('s1', 'storage'), node('s2', 'storage')];
  const { lines, height } = layoutTopology(
    nodes,
    [
      ['cn', 's1'],
      ['s2', 'cn'],
    ],
    metrics,
  );
  expect(height).toBe(130);
  expect(lines.map(({ path }) => [path.slice(0, 5), path.includes('V36'), path.includes('V94')])).toEqual([
    ['M0 65', true, false],
    ['M0 65', false, true],
  ]);
});

test('nodes at one height are joined by a straight line', () => {
  const nodes = [node('cn', 'computing'), node('s1', 'storage')];
  expect(layoutTopology(nodes, [['cn', 's1']], metrics).lines[0]?.path).toBe('M0 30H40');
});

test('a line is as healthy as its worse end and bad lines lie on top', () => {
  const nodes = [node('cn', 'computing'), node('s1', 'storage', 'bad'), node('s2', 'storage')];
  const { lines } = layoutTopology(
    nodes,
    [
      ['cn', 's1'],
      ['cn', 's2'],
    ],
    metrics,
  );
  expect(lines.map(({ to, health }) => [to, health])).toEqual([
    ['s2', 'ok'],
    ['s1', 'bad'],
  ]);
});

test('a link to a node that is not there draws nothing, and no nodes have no height', () => {
  expect(layoutTopology([node('cn', 'computing')], [['cn', 'gone']], metrics).lines).toEqual([]);
  expect(layoutTopology([], [], metrics).height).toBe(0);
});
