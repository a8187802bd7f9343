import type { FragmentFile } from '#server/manifest/schema.ts';
import { quoteIdentifier } from './identifier.ts';
import { quoteText } from './literal.ts';

export type Index = FragmentFile['indexes'][number];
type Definition = Pick<FragmentFile, 'createTable' | 'columns' | 'indexes'>;

/** Which indexes wait until the rows are there. `later` is built in one ALTER; `kept` stays from the first row on. */
export interface IndexPlan {
  later: Index[];
  kept: Index[];
  /** The one of `kept` that AUTO_INCREMENT leans on: added again with the others, so that it takes its old place. */
  moved: Index | null;
}

const autoIncrementFlag = 0x200;
const notNullFlag = 0x1;

/**
 * Chooses what may be dropped while the table is empty and built again after the load. Kept are: the primary key; an
 * index AUTO_INCREMENT leans on; without a primary key every unique index over NOT NULL columns (the engine orders the
 * rows by one of them); and every index whose clause, as we would write it, does not stand in SHOW CREATE TABLE word
 * for word: a period, a parser, an expression that the catalogs do not fully tell. Those load slower, never wrong.
 */
export function planIndexes(definition: Definition): IndexPlan {
  const secondary = definition.indexes.filter((index) => index.name !== 'PRIMARY');
  const primary = definition.indexes.find((index) => index.name === 'PRIMARY');
  const kept = new Set(secondary.filter((index) => clauseIn(definition.createTable, index) === null));
  if (!primary) {
    const notNull = new Set(definition.columns.filter((c) => c.flags & notNullFlag).map((c) => c.name));
    const ordersRows = (index: Index) => index.unique && index.columns.every((column) => notNull.has(column.name));
    for (const index of secondary.filter(ordersRows)) kept.add(index);
  }
  const auto = definition.columns.find((column) => (column.flags & autoIncrementFlag) !== 0)?.name;
  const holdsAuto = (index: Index | undefined) => index !== undefined && index.columns[0]?.name === auto;
  let moved: Index | null = null;
  if (auto !== undefined && !holdsAuto(primary) && ![...kept].some(holdsAuto)) {
    moved = secondary.find(holdsAuto) ?? null;
    if (moved) kept.add(moved);
  }
  return { later: secondary.filter((index) => !kept.has(index)), kept: [...kept], moved };
}

/**
 * The clause of one index as it stands in SHOW CREATE TABLE and after ADD; null when we cannot write it exactly. A
 * b-tree asked for by name says so there, and the catalogs do not tell the two apart: hence two candidates.
 */
export function clauseIn(createTable: string, index: Index): string | null {
  const candidates = index.kind === 'btree' ? [indexClause(index), indexClause(index, 'BTREE')] : [indexClause(index)];
  const stands = (clause: string) =>
    createTable.includes(`\n  ${clause},\n`) || createTable.includes(`\n  ${clause}\n) `);
  return candidates.find(stands) ?? null;
}

/** `UNIQUE KEY `n` (`a`(3),`b` DESC) USING HASH COMMENT '…' IGNORED`, in the server's own spelling. */
export function indexClause(index: Index, algorithm = index.kind === 'hash' ? 'HASH' : ''): string {
  const kinds: Partial<Record<Index['kind'], string>> = { fulltext: 'FULLTEXT ', spatial: 'SPATIAL ' };
  const columns = index.columns.map((column) => {
    const prefix = column.prefix === null ? '' : `(${column.prefix})`;
    return `${quoteIdentifier(column.name)}${prefix}${column.descending ? ' DESC' : ''}`;
  });
  return [
    `${kinds[index.kind] ?? (index.unique ? 'UNIQUE ' : '')}KEY ${quoteIdentifier(index.name)} (${columns.join(',')})`,
    algorithm && `USING ${algorithm}`,
    index.comment && `COMMENT ${quoteText(index.comment)}`,
    index.ignored && 'IGNORED',
  ]
    .filter(Boolean)
    .join(' ');
}

/** One ALTER that drops what waits, for an empty table; null when nothing does. `table` is quoted already. */
export function dropIndexesStatement(table: string, plan: IndexPlan): string | null {
  if (plan.later.length === 0) return null;
  return `ALTER TABLE ${table} ${plan.later.map(dropClause).join(', ')}`;
}

/** One ALTER that builds what waited, in the order SHOW CREATE TABLE had; null when nothing did. */
export function buildIndexesStatement(table: string, definition: Definition, plan: IndexPlan): string | null {
  if (plan.later.length === 0) return null;
  const clauses = [...plan.later, ...(plan.moved ? [plan.moved] : [])]
    .map((index) => clauseIn(definition.createTable, index)!)
    .sort((a, b) => definition.createTable.indexOf(`\n  ${a}`) - definition.createTable.indexOf(`\n  ${b}`));
  const dropped = plan.moved ? [dropClause(plan.moved)] : [];
  return `ALTER TABLE ${table} ${[...dropped, ...clauses.map((clause) => `ADD ${clause}`)].join(', ')}`;
}

const dropClause = (index: Index) => `DROP INDEX ${quoteIdentifier(index.name)}`;
