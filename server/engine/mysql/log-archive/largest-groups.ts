import type { LogTable } from '#server/manifest/log-schema.ts';

/** Of all tables of a segment together an index names about so many groups: some hundred kilobytes, of many megabytes. */
const mostOfSegment = 8_192;
/** Of one table, at most and at least. */
const mostOfTable = 512;
const leastOfTable = 16;

/** How many groups of each table an index names, where a segment has so many tables. */
export const groupsOfTable = (tables: number): number =>
  Math.min(mostOfTable, Math.max(leastOfTable, Math.floor(mostOfSegment / Math.max(1, tables))));

type Group = LogTable['largest'][number];

/** The groups that changed most rows of a table, out of any number of them. Twice as many as wanted are held at most. */
export class LargestGroups {
  #groups: Group[] = [];
  /** Groups of no more rows are not among them any more. */
  #floor = 0;

  /** Whether a group of so many rows may be one of them. */
  takes(rows: number): boolean {
    return rows > this.#floor;
  }

  add(group: Group, most: number): void {
    this.#groups.push(group);
    if (this.#groups.length >= 2 * most) this.#keep(most);
  }

  /** Largest first. */
  result(most: number): Group[] {
    this.#keep(most);
    return this.#groups;
  }

  #keep(most: number): void {
    this.#groups.sort((a, b) => rowsOf(b) - rowsOf(a));
    if (this.#groups.length <= most) return;
    this.#groups.length = most;
    this.#floor = rowsOf(this.#groups[most - 1]!);
  }
}

const rowsOf = ([, , inserts, updates, deletes]: Group) => inserts + updates + deletes;
