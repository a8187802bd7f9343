import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ClusterName, ClusterSecrets, LabNode, NodeRecord } from './node.ts';

/** `.lab/lab.json`: what was brought up where. A cluster is `filled` once every table and row of it is there. */
export interface LabState {
  readonly filled: readonly ClusterName[];
  readonly nodes: readonly NodeRecord[];
}

/** The lab's folder: `TIDEMARK_LAB`, else `.lab` where we stand. */
export function labFolder(): string {
  return resolve(process.env.TIDEMARK_LAB || '.lab');
}

export function readState(folder: string): LabState {
  const path = join(folder, 'lab.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { filled: [], nodes: [] };
}

export function writeState(folder: string, state: LabState): void {
  writeWhole(join(folder, 'lab.json'), `${JSON.stringify(state, null, 2)}\n`, 0o644);
}

/** The passwords of one cluster, made at first sight and kept in `.lab/secrets.json` (0600). */
export function clusterSecrets(folder: string, cluster: ClusterName): ClusterSecrets {
  const path = join(folder, 'secrets.json');
  const all: Record<string, ClusterSecrets> = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  const known = all[cluster];
  if (known !== undefined) return known;
  const fresh = { tidemark: randomBytes(18).toString('base64url'), app: randomBytes(18).toString('base64url') };
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeWhole(path, `${JSON.stringify({ ...all, [cluster]: fresh }, null, 2)}\n`, 0o600);
  return fresh;
}

/** The recorded nodes of these clusters with their passwords: how another process than the one that started them gets in. */
export function openNodes(folder: string, clusters: readonly ClusterName[]): LabNode[] {
  return readState(folder)
    .nodes.filter((node) => clusters.includes(node.cluster))
    .map((node) => withLogins(node, clusterSecrets(folder, node.cluster)));
}

export function withLogins(node: NodeRecord, secrets: ClusterSecrets): LabNode {
  return { ...node, password: secrets.tidemark, appUser: 'app', appPassword: secrets.app };
}

function writeWhole(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode });
  renameSync(draft, path);
}
