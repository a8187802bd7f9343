import { pause, throwIfStopped } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import type { Cut, Position } from '#server/manifest/schema.ts';
import { type CutNode, closeCutSessions, type NodeSessions, openCutSessions } from './cut-sessions.ts';
import { HoldRefused, holdCommits, prepareHold, releaseHold } from './hold-commits.ts';
import { preparedXids } from './prepared-xids.ts';
import { type AppliedPosition, appliedPosition, replicaPosition } from './replica-position.ts';
import { noPosition, openSnapshot, samePosition, snapshotPosition, withGtid } from './snapshot.ts';

export interface CutOptions {
  connectionsPerNode: number;
  /** How often a cut that is not clean is tried again. Default 20. */
  maxTries?: number;
  /** No writer waits longer than about this for us. Default 500. */
  maxHoldMs?: number;
  /** Longest pause between two tries; the pauses are random, so that we do not march in step with a workload. Default 150. */
  maxPauseMs?: number;
  stop: AbortSignal;
  abandon: AbortSignal;
  clock: Clock;
}

/** One moment of several nodes, held open on `sessions[].workers` until `close`. */
export interface TakenCut {
  readonly cut: Cut;
  /** Fewer workers than asked for where only one snapshot could be had of a node. */
  readonly sessions: readonly NodeSessions[];
  close(): Promise<void>;
}

/**
 * One instant over all nodes. Commits are held on every node at once, for milliseconds, while the snapshots are opened;
 * when a transaction lies between its prepare and its commit anywhere, that could be a half of it, so it is let go and
 * tried again. What could not be guaranteed is said in `cut.reason`, never left out; `cut.proven` is true only when
 * commits were held everywhere and nothing was prepared. Commits are let go on every way out.
 * Errors: those of the connections, `job/cancelled`.
 */
export async function takeCut(nodes: readonly CutNode[], options: CutOptions): Promise<TakenCut> {
  const sessions = await openCutSessions(nodes, options);
  try {
    const moment = await heldMoment(sessions, options);
    const nodesAtCut = [];
    for (const session of sessions) nodesAtCut.push(await nodeAtCut(session, moment));
    const { hold, attempts, reasons } = moment;
    const replicas = sessions.flatMap(({ node }) => node.replicaOf ?? []);
    if (replicas.length > 0 && sessions.length > 1) {
      reasons.push("rows were read on replicas, each as far as it had come in its primary's log");
    }
    // What a replica surely has is what its primary had when it was asked.
    const at = new Date(Math.min(moment.at.getTime(), ...replicas.map(({ hasAllOf }) => hasAllOf.getTime())));
    const cut: Cut = {
      at: at.toISOString(),
      proven: reasons.length === 0,
      reason: reasons.join('; '),
      heldMs: Math.round(hold.longestMs * 10) / 10,
      attempts,
      nodes: nodesAtCut,
    };
    return { cut, sessions, close: () => closeCutSessions(sessions) };
  } catch (error) {
    await closeCutSessions(sessions);
    throw error;
  }
}

interface Moment {
  at: Date;
  hold: Hold;
  held: boolean;
  attempts: number;
  xids: Xids;
  applied: Applied;
  /** What is not guaranteed; empty when everything is. */
  reasons: string[];
}

async function heldMoment(sessions: NodeSessions[], options: CutOptions): Promise<Moment> {
  const { maxTries = 20, maxHoldMs = 500, maxPauseMs = 150, stop, clock } = options;
  const hold = { longestMs: 0 };
  let busy: HoldRefused | undefined;
  for (let attempts = 1; attempts <= maxTries; attempts++) {
    throwIfStopped(stop);
    const last = attempts === maxTries;
    try {
      const tried = await tryHeld(sessions, { maxHoldMs, evenIfPrepared: last, clock }, hold);
      if (tried.opened) return { ...tried, hold, held: true, attempts, reasons: preparedReasons(tried.xids, attempts) };
    } catch (error) {
      if (!(error instanceof HoldRefused)) throw error;
      if (error.failure.kind === 'refused') return unheldMoment(sessions, options, error.failure, hold);
      busy = error;
    }
    if (!last) await pause(1 + Math.random() * maxPauseMs, stop);
  }
  const { node, why } = busy!.failure;
  const wait = `${why} longer than ${maxHoldMs} ms, ${maxTries} times`;
  return unheldMoment(sessions, options, { node, why: wait }, hold);
}

/** The longest that commits were held or asked to be, over all tries. */
interface Hold {
  longestMs: number;
}

/** By node, of those that are replicas: how far they say that they are. */
type Applied = Map<string, AppliedPosition | null>;

/** By node; null where the user may not ask. */
type Xids = Map<string, string[] | null>;

interface Tried {
  at: Date;
  xids: Xids;
  applied: Applied;
  /** Whether the snapshots were opened: not when something was prepared. */
  opened: boolean;
}

/** Errors: HoldRefused when some node did not let us hold its commits. */
async function tryHeld(
  sessions: NodeSessions[],
  options: { maxHoldMs: number; evenIfPrepared: boolean; clock: Clock },
  hold: Hold,
): Promise<Tried> {
  const { clock } = options;
  let began: number | undefined;
  try {
    await together(sessions, ({ coordinator }) => prepareHold(coordinator, options.maxHoldMs));
    began = clock.monotonicMs();
    await together(sessions, ({ coordinator }) => holdCommits(coordinator));
    const at = clock.now();
    const xids = await preparedEverywhere(sessions);
    const opened = options.evenIfPrepared || [...xids.values()].every((list) => list?.length === 0);
    if (opened) await openSnapshots(sessions);
    return { at, xids, opened, applied: opened ? await appliedOn(sessions) : new Map() };
  } finally {
    await together(sessions, ({ coordinator }) => releaseHold(coordinator));
    if (began !== undefined) hold.longestMs = Math.max(hold.longestMs, clock.monotonicMs() - began);
  }
}

/** Without holding commits: every node's own snapshots agree, but the nodes' moments may lie apart. */
async function unheldMoment(
  sessions: NodeSessions[],
  options: CutOptions,
  refusal: { node: string; why: string },
  hold: Hold,
): Promise<Moment> {
  const { maxTries = 20, maxPauseMs = 150, stop, clock } = options;
  const reasons = [`commits were not held: on node ${refusal.node}, ${refusal.why}`];
  if (sessions.length > 1) reasons.push('the moments of the nodes may lie some milliseconds apart');
  let at = clock.now();
  let attempts = 0;
  for (let disagree = sessions; disagree.length > 0; ) {
    throwIfStopped(stop);
    if (attempts++ === maxTries) {
      keepOneWorker(disagree);
      reasons.push(`read over one connection: ${namesOf(disagree)}`);
      break;
    }
    if (attempts > 1) await pause(Math.random() * maxPauseMs, stop);
    at = clock.now();
    await openSnapshots(sessions);
    disagree = await disagreeing(sessions);
    // Without a binlog nothing can tell whether two snapshots are of one moment.
    const unknowable = disagree.filter((session) => !session.logBin);
    if (unknowable.length > 0) {
      keepOneWorker(unknowable);
      reasons.push(`no binlog, so read over one connection: ${namesOf(unknowable)}`);
      disagree = disagree.filter((session) => session.logBin);
    }
  }
  const applied = await appliedOn(sessions);
  const xids = await preparedEverywhere(sessions);
  return { at, hold, held: false, attempts, xids, applied, reasons: [...reasons, ...preparedReasons(xids, attempts)] };
}

async function nodeAtCut(session: NodeSessions, moment: Moment): Promise<Cut['nodes'][number]> {
  const { node, workers, coordinator, primary, logBin, serverId, serverUuid } = session;
  const preparedXids = moment.xids.get(node.name) ?? [];
  if (primary) {
    const found = await replicaPosition({ primary, snapshots: workers, told: moment.applied.get(node.name) ?? null });
    if (found.reason !== '') moment.reasons.push(`node ${node.name}: ${found.reason}`);
    if (!found.agree) keepOneWorker([session]);
    return { node: node.name, position: found.position, serverId, serverUuid, preparedXids };
  }
  const positions = await Promise.all(workers.map(snapshotPosition));
  const first = positions[0] ?? noPosition;
  if (moment.held && positions.some((position) => !samePosition(position, first))) {
    moment.reasons.push(`the snapshots of node ${node.name} do not agree, so it is read over one connection`);
    keepOneWorker([session]);
  }
  if (!logBin) moment.reasons.push(`node ${node.name} writes no binlog, so no log can be joined to this backup`);
  const position: Position = await withGtid(coordinator, first);
  return { node: node.name, position, serverId, serverUuid, preparedXids };
}

/** The nodes whose snapshots are not all at one position, or have none. */
async function disagreeing(sessions: NodeSessions[]): Promise<NodeSessions[]> {
  const apart: NodeSessions[] = [];
  for (const session of sessions) {
    const positions = await Promise.all(session.workers.map(snapshotPosition));
    const agree = positions.every((position) => position.file !== '' && samePosition(position, positions[0]!));
    if (!agree && session.workers.length > 1) apart.push(session);
  }
  return apart;
}

async function preparedEverywhere(sessions: NodeSessions[]): Promise<Xids> {
  const found: Xids = new Map();
  await together(sessions, async ({ node, coordinator }) => {
    found.set(node.name, await preparedXids(coordinator));
  });
  return found;
}

async function appliedOn(sessions: NodeSessions[]): Promise<Applied> {
  const found: Applied = new Map();
  await together(sessions, async ({ node, coordinator, primary, serverId }) => {
    if (primary) found.set(node.name, await appliedPosition(coordinator, serverId));
  });
  return found;
}

function preparedReasons(xids: Xids, attempts: number): string[] {
  const reasons: string[] = [];
  const listed = [...xids].filter(([, list]) => list && list.length > 0);
  if (listed.length > 0) {
    const where = listed.map(([node, list]) => `${list!.length} on ${node}`).join(', ');
    reasons.push(`transactions were prepared and not committed after ${attempts} tries (${where}): one may be half in`);
  }
  const silent = [...xids].filter(([, list]) => list === null).map(([node]) => node);
  if (silent.length > 0) reasons.push(`prepared transactions may not be asked for on ${silent.join(', ')}`);
  return reasons;
}

function openSnapshots(sessions: NodeSessions[]): Promise<void> {
  return together(
    sessions.flatMap((session) => session.workers),
    openSnapshot,
  );
}

function keepOneWorker(sessions: NodeSessions[]): void {
  for (const { workers } of sessions) for (const extra of workers.splice(1)) void extra.close();
}

const namesOf = (sessions: NodeSessions[]) => sessions.map(({ node }) => node.name).join(', ');

/** All at once; the first error only after every one has ended, so that nothing is still on its way when we clean up. */
async function together<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map(work));
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  const first = refused.find((reason) => !(reason instanceof HoldRefused)) ?? refused.find(isRefusal) ?? refused[0];
  if (first !== undefined) throw first;
}

const isRefusal = (reason: unknown) => reason instanceof HoldRefused && reason.failure.kind === 'refused';
