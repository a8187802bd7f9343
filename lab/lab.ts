import { parseArgs } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';
import { labDown, labRemove, labStatus, type NodeStatus } from './down.ts';
import { type ClusterName, clusterNames } from './node.ts';
import { labFolder } from './state.ts';
import { labUp } from './up.ts';

/** `npm run lab -- up|down|reset|status [bank|bank2|shop|warehouse …] [--json] [--rows N]` */
const usage = 'use: npm run lab -- up|down|reset|status [bank|bank2|shop|warehouse …] [--json] [--rows N]';

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [verb, ...names] = positionals;
  const clusters = names.length > 0 ? names.map(clusterName) : [...clusterNames];
  const rows = rowsOf(values.rows);
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
      options: { json: { type: 'boolean', default: false }, rows: { type: 'string' } },
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

function rowsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rows = Number(text);
  if (!Number.isInteger(rows) || rows < 100 || rows > 100_000_000) throw usageError('--rows takes 100 to 100000000');
  return rows;
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
  say(`${error.message}\n${error.hint}`);
  process.exitCode = error.code === 'input/invalid' ? 2 : 1;
}
