import { z } from 'zod';
import { median } from './median.ts';

const bytes = z.int().nonnegative();
const seconds = z.number().nonnegative();

/** One side of a row. Seconds a round; CPU seconds are medians, bytes the most of all rounds. */
const side = z.strictObject({
  seconds: z.array(seconds).min(1),
  /** All processes of the program at one moment. Ours: the executor with its children. */
  peakRssBytes: bytes,
  /** Of the database server, from begin to end of the run. */
  serverCpuSeconds: seconds,
  /** Of the program; ours: of the executor with its children. */
  clientCpuSeconds: seconds,
  /** What was written to the destination. */
  storedBytes: bytes.optional(),
});

const ourSide = side.extend({
  /** The whole job from created to finished, where `seconds` is a part of it. */
  totalSeconds: z.array(seconds),
  /** From the start of the command to its end: `tidemark … --wait --json`, planning included. */
  commandSeconds: z.array(seconds),
  /** Launcher, console, executor and the console's PostgreSQL at one moment. */
  allProcessesPeakRssBytes: bytes,
  /** The same without the executor, before the first round. */
  restingRssBytes: bytes,
});

const benchRow = z.strictObject({
  name: z.string(),
  /** What the seconds of both sides are. */
  measured: z.string(),
  ours: ourSide,
  /** null: what is found is compared with what is allowed, both among the figures. */
  peer: side.extend({ name: z.string() }).nullable(),
  /** What the ratio is made of, where it is not made of seconds; bytes and cores as their names say. */
  figures: z.record(z.string(), z.number()).optional(),
  /** Peer's median ÷ ours; allowed ÷ found. */
  ratio: z.number().positive(),
  /** The least ratio that is aimed at, and whether this one reaches it. */
  bar: z.number().positive().nullable(),
  holds: z.boolean().nullable(),
});

/** What `npm run bench -- <name> --json` says. Equality of all copies was proved before it is said. */
export const benchDocument = z.strictObject({
  machine: z.strictObject({
    cores: z.int().positive(),
    memoryBytes: bytes,
    kernel: z.string(),
    /** One minute, before the benchmark began. */
    loadAverage: z.number().nonnegative(),
  }),
  versions: z.record(z.string(), z.string()),
  /** What was measured on. */
  data: z.union([
    z.strictObject({ tableBytes: bytes, tableRows: bytes, smallTables: bytes, rounds: z.int().positive() }),
    z.strictObject({
      tableRows: bytes,
      logBytes: bytes,
      transactions: bytes,
      /** Of the table that is 10 % and of all. */
      rowEventBytes: z.strictObject({ table: bytes, all: bytes }),
      rounds: z.int().positive(),
    }),
  ]),
  rows: z.array(benchRow),
});

export type BenchDocument = z.infer<typeof benchDocument>;
export type BenchRow = z.infer<typeof benchRow>;

/** What a benchmark answers. `about`: sentences for people, on how its figures came about. */
export interface Measured {
  readonly data: BenchDocument['data'];
  readonly rows: BenchRow[];
  readonly mariadb: string;
  readonly about: readonly string[];
}

/** One run of one side. */
export interface Sample extends Omit<z.infer<typeof side>, 'seconds'> {
  seconds: number;
}

/** One run of ours. */
export interface OurSample extends Sample {
  totalSeconds: number;
  commandSeconds: number;
  allProcessesPeakRssBytes: number;
}

interface RowGiven {
  name: string;
  measured: string;
  bar: number | null;
  restingRssBytes: number;
}

/** Makes a row of its samples, one a round. */
export function rowOf(
  given: RowGiven & { peer: string },
  ours: readonly OurSample[],
  peer: readonly Sample[],
): BenchRow {
  const ratio = median(peer.map((one) => one.seconds)) / median(ours.map((one) => one.seconds));
  return judged(given, ours, { peer: { name: given.peer, ...sideOf(peer) }, ratio });
}

/** A row that has no peer: of each round what was found, which is allowed up to a bound. */
export function allowedRow(
  given: RowGiven,
  ours: readonly OurSample[],
  { allowed, found, unit }: { allowed: number; found: readonly number[]; unit: 'Bytes' | 'Cores' },
): BenchRow {
  const figures = { [`allowed${unit}`]: allowed, [`found${unit}`]: median(found) };
  return judged(given, ours, { peer: null, figures, ratio: allowed / median(found) });
}

function judged(
  { name, measured, bar, restingRssBytes }: RowGiven,
  ours: readonly OurSample[],
  found: Pick<BenchRow, 'peer' | 'figures' | 'ratio'>,
): BenchRow {
  return {
    name,
    measured,
    ours: {
      ...sideOf(ours),
      totalSeconds: ours.map((one) => one.totalSeconds),
      commandSeconds: ours.map((one) => one.commandSeconds),
      allProcessesPeakRssBytes: Math.max(...ours.map((one) => one.allProcessesPeakRssBytes)),
      restingRssBytes,
    },
    ...found,
    bar,
    holds: bar === null ? null : found.ratio >= bar,
  };
}

function sideOf(samples: readonly Sample[]): z.infer<typeof side> {
  const stored = samples.flatMap(({ storedBytes }) => (storedBytes === undefined ? [] : [storedBytes]));
  return {
    seconds: samples.map((one) => one.seconds),
    peakRssBytes: Math.max(...samples.map((one) => one.peakRssBytes)),
    serverCpuSeconds: median(samples.map((one) => one.serverCpuSeconds)),
    clientCpuSeconds: median(samples.map((one) => one.clientCpuSeconds)),
    ...(stored.length > 0 && { storedBytes: Math.max(...stored) }),
  };
}
