import type { TidemarkError } from '#server/base/error.ts';
import type { Chunk, Position } from '#server/manifest/schema.ts';
import type { ChunkRange } from './chunks.ts';
import type { FragmentDefinition } from './definition.ts';
import { RowDigest } from './digest.ts';
import type { KnownTable } from './known-table.ts';
import type { Trigger } from './triggers.ts';

/** A piece of a table on one node, to be read. */
export interface FragmentToDump {
  readonly node: string;
  readonly database: string;
  readonly table: string;
  /** SHOW CREATE TABLE from before the cut: when it has changed since, the rows of the cut do not go with it. */
  readonly createTable?: string;
  /** What the catalogs said along with that text. */
  readonly known?: KnownTable;
}

/** A fragment as it was read, ready for the table file. */
export interface DumpedFragment {
  readonly definition: FragmentDefinition;
  readonly position: Position;
  /** Not from the cut but from a later moment of its own. */
  readonly ownSnapshot: boolean;
  readonly rows: bigint;
  readonly digest: string;
  /** No row is longer. */
  readonly longestRowBytes: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly chunks: readonly Chunk[];
  /** What was seen and is not in it, in sentences. */
  readonly left: readonly string[];
}

/**
 * One reading of a fragment, by any number of readers at once: waiting → open → done, failed or `again` (this reading
 * is void, another one from a later snapshot may succeed). Once it has ended it takes no more rows.
 */
export class FragmentTake {
  readonly fragment: FragmentToDump;
  readonly position: Position;
  readonly ownSnapshot: boolean;
  state: 'waiting' | 'open' | 'done' | 'again' | 'failed' = 'waiting';
  /** Why it failed or has to be taken again. */
  error: TidemarkError | undefined;
  definition: FragmentDefinition | undefined;
  /** As they were at the cut; undefined when they were not read along with those of others. */
  triggers: readonly Trigger[] | undefined;
  left: string[] = [];
  forgotten = false;
  /** For a while nobody held its table: what it is must be looked at again before more of it is read. */
  letGo = false;
  rows = 0n;
  rawBytes = 0;
  expectedRows = 0;
  expectedBytes = 0;
  private ranges: readonly ChunkRange[] = [];
  private nextRange = 0;
  private chunks: Chunk[] = [];
  private readRanges = 0;
  private readonly digest = new RowDigest();

  constructor(fragment: FragmentToDump, position: Position, ownSnapshot: boolean) {
    this.fragment = fragment;
    this.position = position;
    this.ownSnapshot = ownSnapshot;
  }

  get name(): string {
    return `${this.fragment.database}.${this.fragment.table}`;
  }

  get ended(): boolean {
    return this.state === 'done' || this.state === 'again' || this.state === 'failed';
  }

  get hasRange(): boolean {
    return this.state === 'open' && this.nextRange < this.ranges.length;
  }

  open(definition: FragmentDefinition, ranges: readonly ChunkRange[]): void {
    if (this.ended) return;
    this.definition = definition;
    this.ranges = ranges;
    this.state = 'open';
  }

  takeRange(): { index: number; range: ChunkRange } {
    const index = this.nextRange++;
    return { index, range: this.ranges[index]! };
  }

  /** A range has been read wholly; `chunk` is null when it had no rows. The last one ends the take. */
  add(index: number, chunk: Chunk | null, digest: RowDigest): void {
    if (this.ended) return;
    if (chunk) this.chunks[index] = chunk;
    this.digest.merge(digest);
    if (++this.readRanges === this.ranges.length) this.state = 'done';
  }

  /** The first reason stays. */
  end(state: 'again' | 'failed', error: TidemarkError): void {
    if (this.ended) return;
    this.state = state;
    this.error = error;
  }

  /** Its result is kept by somebody else from now on. */
  forget(): void {
    this.forgotten = true;
    this.definition = undefined;
    this.triggers = undefined;
    this.ranges = [];
    this.chunks = [];
  }

  result(): DumpedFragment {
    const chunks = this.chunks.filter((chunk) => chunk !== undefined);
    return {
      definition: this.definition!,
      position: this.position,
      ownSnapshot: this.ownSnapshot,
      rows: this.digest.rows,
      digest: this.digest.hex,
      longestRowBytes: this.digest.longestBytes,
      rawBytes: chunks.reduce((sum, chunk) => sum + chunk.rawBytes, 0),
      storedBytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
      chunks,
      left: this.left,
    };
  }
}
