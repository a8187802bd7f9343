import { parseArgs } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';
import { labDown, labRemove, labStatus, type NodeStatus } from './down.ts';
import { type ClusterName, clusterNames } from './node.ts';
import { labFolder, openNodes } from './state.ts';
import { labUp } from './up.ts';
import { startWorkload } from './workload.ts';

/** `npm run lab -- up|down|reset|status|workload [bank|bank2|shop|warehouse …] [--json] [--rows N] [--rate N]` */
const usage =
  'use: npm run lab -- up|down|reset|status|workload [bank|bank2|shop|warehouse …] [--json] [--rows N] [--rate N]';

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [verb, ...names] = positionals;
  const clusters = names.length > 0 ? names.map(clusterName) : [...clusterNames];
  const rows = wholeNumber('--rows', values.rows, 100, 100_000_000);
  const folder = labFolder();
  const up = () => labUp({ folder, clusters, rows, detached: true, fixedPorts: true, onStep: say });
  switch (verb) {
    case 'up':
      await up();
      break;
    case 'down':
      for (const name of await labDown({ folder, clusters })) say(`stopped ${name}`);
      break;
    case 'reset':
      await labRemove({ folder, clusters });
      await up();
      break;
    case 'status':
      break;
    case 'workload':
      await write(folder, clusters, wholeNumber('--rate', values.rate, 1, 10_000) ?? 50);
      return;
    default:
      throw usageError(verb === undefined ? 'no verb was given' : `"${verb}" is not a verb of the lab`);
  }
  print(folder, clusters, values.json);
}

function print(folder: string, clusters: readonly ClusterName[], json: boolean): void {
  const nodes = labStatus(folder).filter((node) => clusters.includes(node.cluster));
  // What a script wants first is somebody whom the socket lets in.
  const documents = nodes.map(({ socketUser, user, ...node }) => ({ ...node, user: socketUser, tidemarkUser: user }));
  if (json) process.stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
  else if (nodes.length === 0) say(`nothing was brought up in ${folder}`);
  else printTable(folder, nodes);
}

function printTable(folder: string, nodes: readonly NodeStatus[]): void {
  for (const node of nodes) {
    const state = node.running ? 'running' : 'stopped';
    process.stdout.write(
      `${node.name.padEnd(16)} ${node.cluster.padEnd(10)} ${node.role.padEnd(10)} ${node.engine.padEnd(9)} ` +
        `${`${node.host}:${node.port}`.padEnd(16)} ${state}\n`,
    );
  }
  process.stdout.write(`passwords of user tidemark: ${folder}/secrets.json\n`);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, rows: { type: 'string' }, rate: { type: 'string' } },
    });
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function clusterName(text: string): ClusterName {
  const name = clusterNames.find((known) => known === text);
  if (name === undefined) throw usageError(`"${text}" is not a cluster of the lab`);
  return name;
}

function wholeNumber(name: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) throw usageError(`${name} takes ${min} to ${max}`);
  return value;
}

/** Writes to clusters that are up until Ctrl-C, then says what was written. */
async function write(folder: string, clusters: readonly ClusterName[], ratePerSecond: number): Promise<void> {
  const running = new Set(labStatus(folder).flatMap((node) => (node.running ? [node.name] : [])));
  const nodes = openNodes(folder, clusters).filter((node) => running.has(node.name));
  const workload = await startWorkload({ nodes, ratePerSecond });
  say(`writing ${ratePerSecond} transactions a second to ${nodes.map((node) => node.name).join(', ')}; Ctrl-C ends it`);
  const alive = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve()));
  clearInterval(alive);
  process.stdout.write(`${JSON.stringify(await workload.stop())}\n`);
}

function usageError(message: string): TidemarkError {
  return new TidemarkError('input/invalid', message, { hint: usage });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof TidemarkError)) throw error;
  say(`${error.message}. ${error.hint}`);
  process.exitCode = error.code === 'input/invalid' ? 2 : 1;
}
