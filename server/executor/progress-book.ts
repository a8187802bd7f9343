import type { ProgressReport } from '#server/contract/job.ts';
import type {
  JobProgress,
  JobStep,
  NodeSigns,
  PhaseProgress,
  TablePhases,
  WorkState,
} from '#server/contract/progress.ts';

/** The phase whose rows and bytes stand for the whole job. */
const mainPhase = 'rows';
/** The last phase of every kind of work on a table. */
const lastPhase = 'publish';
/** Rates are of this long: shorter jumps about, longer tells old news. */
const rateWindowMs = 10_000;

type Amount = Pick<PhaseProgress, 'rowsDone' | 'rowsTotal' | 'bytesDone' | 'bytesTotal'>;
interface Sample extends Amount {
  at: number;
  nodes: Map<string, number>;
}

type Told = Amount & Pick<PhaseProgress, 'state' | 'logTime'>;
/** What was said of one phase: of the whole, or of its fragments, whichever came last. */
interface PhaseEntry {
  whole: Told | null;
  fragments: Map<string, Told>;
}
interface TableEntry {
  phases: Map<string, PhaseEntry>;
  /** Added up; null since something was said. Never changed once made: it may be on its way into a row. */
  sums: TablePhases | null;
}

export interface TableChange {
  table: string;
  state: WorkState;
  phases: TablePhases;
  rows: number;
  bytes: number;
}

/**
 * Adds up what the work says of itself. Pure but for the time it is given: `report` as often as the work likes, `take`
 * when it is time to write. `knownTables` is how many tables the job has before any is reported.
 */
export function createProgressBook(knownTables: number) {
  const tables = new Map<string, TableEntry>();
  let changed = new Set<string>();
  let samples: Sample[] = [];
  const steps: JobStep[] = [];
  const nodeSigns = new Map<string, NodeSigns>();
  let longestWriterWaitMs: number | undefined;
  /** Something of the job as a whole was said since the last `take`. */
  let moved = false;

  function endSteps(at: Date): void {
    const last = steps.at(-1);
    if (!last || last.endedAt !== null) return;
    last.endedAt = at.toISOString();
    moved = true;
  }

  function step(name: string, at: Date): void {
    endSteps(at);
    steps.push({ step: name, startedAt: at.toISOString(), endedAt: null });
    moved = true;
  }

  function signs(told: NodeSigns): void {
    nodeSigns.set(told.node, told);
    moved = true;
  }

  function writerWaited(ms: number): void {
    if (ms <= (longestWriterWaitMs ?? -1)) return;
    longestWriterWaitMs = ms;
    moved = true;
  }

  /** Called for every chunk of rows: it only notes, `take` adds up. */
  function report(progress: ProgressReport): void {
    const { table, fragment, phase, ...amount } = progress;
    const entry = entryOf(tables, table, () => ({ phases: new Map(), sums: null }));
    const told = entryOf(entry.phases, phase, () => ({ whole: null, fragments: new Map() }));
    if (fragment !== null) told.fragments.set(fragment, amount);
    told.whole = fragment === null ? amount : null;
    entry.sums = null;
    changed.add(table);
  }

  /** Tables changed since the last `take`, and the job as a whole; null when nothing changed. */
  function take(nowMs: number): { progress: JobProgress; tables: TableChange[] } | null {
    if (changed.size === 0 && !moved) return null;
    moved = false;
    const names = [...changed];
    changed = new Set();
    return { progress: summary(nowMs), tables: names.map(changeOf) };
  }

  /** What could not be written is told again with the next `take`. */
  const putBack = (names: Iterable<string>) => {
    for (const name of names) changed.add(name);
    moved = true;
  };

  function changeOf(table: string): TableChange {
    const phases = sumsOf(tables.get(table)!);
    const main = phases[mainPhase];
    return { table, state: stateOf(phases), phases, rows: main?.rowsDone ?? 0, bytes: main?.bytesDone ?? 0 };
  }

  function summary(nowMs: number): JobProgress {
    const all = [...tables.values()].map(sumsOf);
    const main = all.flatMap((phases) => phases[mainPhase] ?? []);
    const states = all.map(stateOf);
    const total = Math.max(knownTables, all.length);
    const done = sum(main);
    // A table that has not begun yet has a size nobody knows.
    const whole = main.length === total ? done : { ...done, rowsTotal: null, bytesTotal: null };
    const nodes = nodeSums(main);
    const rates = ratesOf({
      ...whole,
      at: nowMs,
      nodes: new Map([...nodes].map(([node, value]) => [node, value.bytesDone])),
    });
    const left = whole.bytesTotal === null ? null : whole.bytesTotal - whole.bytesDone;
    return {
      ...whole,
      tables: {
        total,
        done: states.filter((state) => state === 'done').length,
        failed: states.filter((state) => state === 'failed').length,
      },
      rowsPerSecond: rates.rows,
      bytesPerSecond: rates.bytes,
      // Behind the last row indexes and comparing are to come, and no rate of bytes says how long they take.
      etaMs: left !== null && left > 0 && rates.bytes ? Math.round((left / rates.bytes) * 1_000) : null,
      nodes: [...nodes].map(([node, value]) => ({ node, ...value, bytesPerSecond: rates.nodes.get(node) ?? null })),
      ...(steps.length > 0 && { steps: steps.map((one) => ({ ...one })) }),
      ...(nodeSigns.size > 0 && { signs: [...nodeSigns.values()] }),
      ...(longestWriterWaitMs !== undefined && { longestWriterWaitMs }),
    };
  }

  function ratesOf(now: Sample) {
    samples = [...samples.filter((sample) => now.at - sample.at <= rateWindowMs), now];
    const first = samples[0]!;
    const seconds = (now.at - first.at) / 1_000;
    if (seconds < 0.2) return { rows: null, bytes: null, nodes: new Map<string, number>() };
    const rate = (from: number, to: number) => Math.max(0, Math.round((to - from) / seconds));
    return {
      rows: rate(first.rowsDone, now.rowsDone),
      bytes: rate(first.bytesDone, now.bytesDone),
      nodes: new Map([...now.nodes].map(([node, bytes]) => [node, rate(first.nodes.get(node) ?? 0, bytes)])),
    };
  }

  return { report, step, endSteps, signs, writerWaited, take, putBack };
}

function entryOf<T>(entries: Map<string, T>, key: string, make: () => T): T {
  const found = entries.get(key);
  if (found !== undefined) return found;
  const made = make();
  entries.set(key, made);
  return made;
}

function sumsOf(entry: TableEntry): TablePhases {
  entry.sums ??= Object.fromEntries([...entry.phases].map(([phase, told]) => [phase, progressOf(told)]));
  return entry.sums;
}

function progressOf({ whole, fragments }: PhaseEntry): PhaseProgress {
  const all = [...fragments.values()];
  const amount = whole ?? { ...sum(all), state: worstOf(all.map(({ state }) => state)) };
  return { ...amount, ...earliestOf(all), fragments: Object.fromEntries(fragments) };
}

/** As far as the log of every fragment is read that says so. */
function earliestOf(all: readonly Told[]): Pick<PhaseProgress, 'logTime'> {
  const times = all.flatMap(({ logTime }) => logTime ?? []).sort();
  return times.length === 0 ? {} : { logTime: times[0]! };
}

/** A total is known when every part's is. */
function sum(amounts: readonly Amount[]): Amount {
  const total = (key: 'rowsTotal' | 'bytesTotal') =>
    amounts.every((amount) => amount[key] !== null) ? amounts.reduce((added, amount) => added + amount[key]!, 0) : null;
  return {
    rowsDone: amounts.reduce((added, { rowsDone }) => added + rowsDone, 0),
    rowsTotal: total('rowsTotal'),
    bytesDone: amounts.reduce((added, { bytesDone }) => added + bytesDone, 0),
    bytesTotal: total('bytesTotal'),
  };
}

/** Fragments are keyed `node/database/table`. */
function nodeSums(phases: readonly PhaseProgress[]): Map<string, Amount> {
  const byNode = new Map<string, Amount[]>();
  for (const { fragments } of phases) {
    for (const [fragment, { state: _, logTime: __, ...amount }] of Object.entries(fragments)) {
      const node = fragment.split('/', 1)[0]!;
      const known = byNode.get(node);
      if (known) known.push(amount);
      else byNode.set(node, [amount]);
    }
  }
  return new Map([...byNode].map(([node, amounts]) => [node, sum(amounts)]));
}

function worstOf(states: readonly WorkState[]): WorkState {
  if (states.includes('failed')) return 'failed';
  if (states.every((state) => state === 'done')) return 'done';
  return states.every((state) => state === 'waiting') ? 'waiting' : 'running';
}

function stateOf(phases: TablePhases): WorkState {
  const states = Object.values(phases).map(({ state }) => state);
  if (states.includes('failed')) return 'failed';
  if (phases[lastPhase]?.state === 'done') return 'done';
  return states.every((state) => state === 'waiting') ? 'waiting' : 'running';
}
