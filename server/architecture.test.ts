import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The one direction of this house. A unit may import itself and what its row names; `type x` allows only types.
 * Three absences follow: the data plane never sees a row, the control plane never touches a byte, and only the
 * executor knows both.
 */
const pure = ['server/base', 'server/contract'];
const ground = [...pure, 'server/config'];
const rows = [...ground, 'server/db', 'server/audit'];
const nouns = ['auth', 'cluster', 'destination', 'job', 'catalog', 'log-archive', 'policy', 'alert'].map(
  (noun) => `server/${noun}`,
);

const direction: Record<string, string[]> = {
  'server/base': [],
  'server/contract': ['server/base'],
  'server/config': pure,
  // Bytes.
  'server/storage': ground,
  'server/manifest': [...ground, 'server/storage'],
  'server/pipeline': [...ground, 'server/storage', 'server/manifest'],
  'server/engine': [...ground, 'server/storage', 'server/manifest', 'server/pipeline'],
  'server/command': [...ground, 'server/storage', 'server/manifest', 'server/pipeline', 'server/engine'],
  // Rows.
  'server/db': ground,
  'server/audit': [...ground, 'server/db'],
  'server/auth': rows,
  'server/cluster': rows,
  'server/destination': rows,
  'server/alert': rows,
  'server/log-archive': [...rows, 'server/cluster', 'server/destination'],
  'server/job': [...rows, 'server/cluster', 'server/destination'],
  'server/catalog': [...rows, 'server/cluster'],
  'server/policy': [...rows, 'server/job'],
  'server/api': [...rows, ...nouns],
  // Both.
  'server/executor': [...rows, ...nouns, 'server/storage', 'server/manifest', 'server/engine', 'server/command'],
  'server/launcher.ts': [...rows, 'server/auth'],
  'server/launcher.server.test.ts': [],
  'server/main.ts': [...ground, 'server/db', 'server/executor'],
  // The command line speaks HTTP with the console and knows nothing else of the server.
  'server/cli': [...ground, 'components/format', 'type server/api'],
  'server/cli.ts': [...ground, 'server/cli'],
  // Screens.
  components: [...pure, 'components/format', 'type server/api'],
  'components/format': [...pure, 'components'],
  app: [...pure, 'components', 'components/format', 'server/api'],
  'app/api': [...ground, 'server/api', 'server/auth'],
  // Around it.
  lab: [...pure, 'server/engine'],
  // Measures what is shipped, from outside.
  bench: [...pure, 'lab'],
  e2e: [...pure, 'lab'],
  scripts: [...ground, 'server/db', 'lab'],
};

/** Tests, and what only they import, may also start real servers. */
const testsToo = ['lab'];
const forTests = /(\.test|-fixture|\/contract-suite|\/test-(database|context))\.tsx?$/;

/** Packages that only some units may know. */
const packageRules: { packages: RegExp; only: RegExp; because: string }[] = [
  { packages: /^(@prisma\/|prisma$)/, only: /^(server\/(db|auth)|scripts|prisma)/, because: 'only db/ knows Prisma' },
  { packages: /^pg-boss$/, only: /^server\/(db|job|executor)/, because: 'only jobs are nudged by pg-boss' },
  { packages: /^(react|react-dom|next)(\/|$)/, only: /^(app|components|server\/api)/, because: 'only screens draw' },
  { packages: /^node:/, only: /^(?!server\/contract|components)/, because: 'a browser runs this too' },
];

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

type Tree = ReadonlyMap<string, string>;

const isTest = (path: string) => forTests.test(path);

/** The unit a path belongs to: the longest name in the table that begins it. */
function unitOf(path: string): string | null {
  const fits = Object.keys(direction).filter((unit) => path === unit || path.startsWith(`${unit}/`));
  return fits.sort((a, b) => b.length - a.length)[0] ?? null;
}

function importsOf(path: string, source: string): Import[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  for (const [, type, names, to] of code.matchAll(
    /(?:^|[\n;])\s*(?:import|export)\s+(type\s)?([\w\s{},*$]*?from\s*)?['"]([^'"\n]+)['"]/g,
  )) {
    const braces = /^\{([^}]*)\}\s*from\s*$/.exec((names ?? '').trim().concat(' '));
    const listed =
      braces?.[1]
        ?.split(',')
        .map((name) => name.trim())
        .filter(Boolean) ?? [];
    const onlyTypes = listed.length > 0 && listed.every((name) => name.startsWith('type '));
    found.push({ from: path, to: to!, typeOnly: type !== undefined || onlyTypes });
  }
  for (const [, to] of code.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]/g))
    found.push({ from: path, to: to!, typeOnly: false });
  return found;
}

/** A path inside the tree, or null for a package. */
function resolve({ from, to }: Import): string | null {
  if (to.startsWith('#')) return to.slice(1);
  return to.startsWith('.') ? posix.join(dirname(from), to) : null;
}

function brokenEdges(tree: Tree): string[] {
  const broken: string[] = [];
  for (const [path, source] of tree) {
    const unit = unitOf(path);
    if (!unit) {
      broken.push(`${path} lies in a folder that is not in the table`);
      continue;
    }
    for (const edge of importsOf(path, source)) {
      const target = resolve(edge);
      const problem = target === null ? packageProblem(path, edge.to) : edgeProblem(path, unit, target, edge.typeOnly);
      if (problem) broken.push(`${path} imports ${edge.to}: ${problem}`);
    }
  }
  return broken;
}

function packageProblem(path: string, name: string): string | null {
  if (isTest(path)) return null;
  return packageRules.find(({ packages, only }) => packages.test(name) && !only.test(path))?.because ?? null;
}

function edgeProblem(path: string, unit: string, target: string, typeOnly: boolean): string | null {
  const to = unitOf(target);
  if (isTest(target) && !isTest(path)) return 'only tests may';
  if (!to) return /\.tsx?$/.test(target) ? 'it lies in a folder that is not in the table' : null;
  const allowed = [unit, ...direction[unit]!, ...(isTest(path) ? testsToo : [])];
  if (allowed.includes(to) || (typeOnly && allowed.includes(`type ${to}`))) return null;
  return `${unit} may not import ${to}${allowed.includes(`type ${to}`) ? ' but its types' : ''}`;
}

/** Every cycle once, as the files on it. Types count too: a cycle of types is a noun that is in two places. */
function cycles(tree: Tree): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push([...trail.slice(at), path].join(' → '));
    if (at >= 0 || done.has(path)) return;
    for (const edge of importsOf(path, tree.get(path)!)) {
      const target = resolve(edge);
      if (target !== null && tree.has(target)) walk(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of tree.keys()) walk(path, []);
  return found;
}

function readTree(): Tree {
  const tree = new Map<string, string>();
  const root = join(import.meta.dirname, '..');
  for (const top of readdirSync(root, { withFileTypes: true })) {
    if (!top.isDirectory() || top.name.startsWith('.') || /^(node_modules|data|prisma|docs)$/.test(top.name)) continue;
    for (const name of readdirSync(join(root, top.name), { recursive: true, encoding: 'utf8' })) {
      const path = posix.join(top.name, name);
      if (!/\.tsx?$/.test(path) || path.endsWith('.d.ts') || path.startsWith('server/db/generated/')) continue;
      if (path !== 'server/architecture.test.ts') tree.set(path, readFileSync(join(root, path), 'utf8'));
    }
  }
  return tree;
}

describe('the house', () => {
  const tree = readTree();

  it('is read', () => expect(tree.size).toBeGreaterThan(100));
  it('has imports in one direction only', () => expect(brokenEdges(tree)).toEqual([]));
  it('has no import cycle', () => expect(cycles(tree)).toEqual([]));
});

describe('the table', () => {
  const broken = (path: string, source: string) => brokenEdges(new Map([[path, source]]));

  it.each([
    ['server/command/backup/backup.ts', "import { db } from '#server/db/client.ts';"],
    ['server/storage/fs/open.ts', "import type { Job } from '../../job/list.ts';"],
    ['server/engine/mysql/load.ts', "const later = await import('#server/command/backup/backup.ts');"],
    ['server/job/enqueue.ts', "export { backup } from '#server/command/backup/backup.ts';"],
    ['server/api/routers/backup.ts', "import '#server/storage/open.ts';"],
    ['server/cluster/list.ts', "import {\n  one,\n  two,\n} from '#server/engine/access.ts';"],
    ['components/cluster/table.tsx', "import { list } from '#server/cluster/list.ts';"],
    ['components/trpc/client.ts', "import { appRouter } from '#server/api/app-router.ts';"],
    ['server/pipeline/segment.ts', "import { PrismaClient } from '@prisma/client';"],
    ['components/format/size.ts', "import { inspect } from 'node:util';"],
    ['server/storage/open.ts', "import { storageContract } from './contract-suite.ts';"],
    ['server/engine/mysql/load.ts', "import { startMariadb } from '#lab/mariadb-server.ts';"],
  ])('refuses %s when it says %s', (path, source) => {
    expect(broken(path, source)).toEqual([expect.stringContaining(path)]);
  });

  it.each([
    ['server/executor/loop.ts', "import { backup } from '#server/command/backup/backup.ts';"],
    ['components/trpc/client.ts', "import type { AppRouter } from '#server/api/app-router.ts';"],
    ['components/trpc/client.ts', "import { type AppRouter } from '#server/api/app-router.ts';"],
    ['server/engine/mysql/load.test.ts', "import { startMariadb } from '#lab/mariadb-server.ts';"],
    ['server/storage/open.ts', "// import { db } from '#server/db/client.ts';\nimport { z } from 'zod';"],
  ])('allows %s to say %s', (path, source) => {
    expect(broken(path, source)).toEqual([]);
  });

  it('refuses folders it does not know', () => {
    expect(broken('server/utils/strings.ts', '')).toEqual([expect.stringContaining('not in the table')]);
    expect(broken('lib/strings.ts', '')).toEqual([expect.stringContaining('not in the table')]);
    expect(broken('server/base/error.ts', "import '#server/helpers/x.ts';")).toHaveLength(1);
  });

  it('finds a cycle of three files, and of one', () => {
    const tree = new Map([
      ['lab/a.ts', "import './b.ts';"],
      ['lab/b.ts', "import type { C } from './c.ts';"],
      ['lab/c.ts', "import { a } from '#lab/a.ts';"],
      ['lab/d.ts', "import './d.ts'; import './a.ts';"],
    ]);
    expect(cycles(tree)).toEqual(['lab/a.ts → lab/b.ts → lab/c.ts → lab/a.ts', 'lab/d.ts → lab/d.ts']);
    expect(
      cycles(
        new Map([
          ['lab/a.ts', "import './b.ts';"],
          ['lab/b.ts', ''],
        ]),
      ),
    ).toEqual([]);
  });
});
