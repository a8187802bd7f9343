import type pg from 'pg';
import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import { holds, parseGrants } from '#server/engine/checks/grants.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { type NodeSettings, readNodeSettings } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { keepIdleSession } from '#server/engine/mysql/session.ts';
import { openPostgres } from '#server/engine/postgres/connection.ts';
import { type TargetNode, targetNodes } from '#server/engine/topology/target-nodes.ts';

/**
 * The target cluster as one restore sees it: a catalog session per node, opened when first asked for, and what was read
 * through it. What is remembered is as old as this object: a plan makes one, and a restore makes its own.
 */
export class TargetWorld {
  readonly access: ClusterAccess;
  readonly nodes: readonly TargetNode[];
  /** The computing node; null on `mysql`. */
  readonly computing: pg.Client | null;
  private readonly sessions = new Map<string, Promise<MysqlConnection>>();
  private readonly remembered = new Map<string, Promise<unknown>>();
  private readonly signal: AbortSignal | undefined;

  constructor(
    access: ClusterAccess,
    nodes: readonly TargetNode[],
    computing: pg.Client | null,
    signal: AbortSignal | undefined,
  ) {
    this.access = access;
    this.nodes = nodes;
    this.computing = computing;
    this.signal = signal;
  }

  /** Database of the computing node; empty on `mysql`. */
  get database(): string {
    return this.access.kind === 'mysql' ? '' : this.access.computing.database;
  }

  /** Errors: why the node did not answer; `restore/plan-stale` when the cluster has no such node any more. */
  node(name: string): TargetNode {
    const node = this.nodes.find((candidate) => candidate.name === name);
    if (!node) {
      throw new TidemarkError('restore/plan-stale', `cluster ${this.access.name} has no storage node ${name} any more`);
    }
    if (node.problem) throw node.problem;
    return node;
  }

  session(name: string): Promise<MysqlConnection> {
    const open = this.sessions.get(name) ?? this.openSession(name);
    this.sessions.set(name, open);
    return open;
  }

  /** Used before rows are loaded and after, which may be hours later. */
  private async openSession(name: string): Promise<MysqlConnection> {
    const session = await openMysqlConnection(this.node(name).access, { signal: this.signal });
    await keepIdleSession(session);
    return session;
  }

  settings(node: string): Promise<NodeSettings> {
    return this.remember(['settings', node], async () => readNodeSettings(await this.session(node)));
  }

  /** Whether this login may make triggers there at all. */
  mayMakeTriggers(node: string): Promise<boolean> {
    return this.remember(['triggers', node], async () => {
      if ((await this.settings(node)).trustsTriggerMakers) return true;
      const grants = await (await this.session(node)).query('SHOW GRANTS');
      return holds(parseGrants(grants.map((row) => String(Object.values(row)[0]))), 'SUPER');
    });
  }

  /** Whether a table, view or sequence has this name, as the node compares names. */
  async hasTable(node: string, at: TableAt): Promise<boolean> {
    const { lowerCaseTableNames } = await this.settings(node);
    const fold = (name: string) => (lowerCaseTableNames === 0 ? name : name.toLowerCase());
    const names = await this.remember(['tables', node, at.database], async () => {
      const session = await this.session(node);
      const rows = await session.query(
        'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
        [at.database],
      );
      return new Set(rows.map((row) => fold(String(row.name))));
    });
    return names.has(fold(at.table));
  }

  /** Whether the computing node has any relation of this name. */
  async hasRelation(schema: string, name: string): Promise<boolean> {
    const names = await this.remember(['relations', schema], async () => {
      const { rows } = await this.computing!.query(
        'SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1',
        [schema],
      );
      return new Set(rows.map((row) => String(row.name)));
    });
    return names.has(name);
  }

  hasSchema(schema: string): Promise<boolean> {
    return this.remember(['schema', schema], async () => {
      const found = await this.computing!.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
      return found.rows.length > 0;
    });
  }

  remember<T>(key: readonly string[], read: () => Promise<T>): Promise<T> {
    const name = JSON.stringify(key);
    const known = this.remembered.get(name) ?? read();
    this.remembered.set(name, known);
    return known as Promise<T>;
  }

  async close(): Promise<void> {
    await this.computing?.end().catch(() => {});
    const sessions = await Promise.allSettled(this.sessions.values());
    for (const session of sessions) if (session.status === 'fulfilled') await session.value.close();
  }
}

/** Every session a restore opens on it, to make, load, show or drop a table: one that is not logged may do none that is. */
const unlogged = (node: TargetNode): TargetNode => ({ ...node, access: { ...node.access, logBin: false } });

/** `logBin` off: no session of this world writes to a node's binlog. Errors: those of the computing node; a storage node that does not answer is in `nodes` with its problem. */
export async function openWorld(
  access: ClusterAccess,
  options: { signal?: AbortSignal; clock: Clock; logBin?: boolean },
): Promise<TargetWorld> {
  const found = await targetNodes(access, options);
  const nodes = options.logBin === false ? found.map(unlogged) : found;
  const computing = access.kind === 'mysql' ? null : await openPostgres(access.computing, { signal: options.signal });
  return new TargetWorld(access, nodes, computing, options.signal);
}
