import type { TableAt } from '../foreign-keys.ts';
import type { Crossing, HistoryStatement, NameState, TableHistory, TableSpan } from './history.ts';
import { isStep, type NameOptions, TableNames, type TableStep } from './table-names.ts';

/**
 * What became of the table that has a name after the last of the statements, which are all that the log of its node
 * holds as text from the backup on, in its order. A statement that the log itself says was not carried out is to be left out.
 */
export function tableHistory(
  statements: readonly HistoryStatement[],
  table: TableAt,
  options: NameOptions = {},
): TableHistory {
  const names = new TableNames(options);
  names.expect(table);
  for (const statement of statements) names.add(statement);
  return historyOf(names, table);
}

/** The history of a name at every time: a new entry wherever a statement makes it another one. */
export function nameStates(
  statements: readonly HistoryStatement[],
  table: TableAt,
  options: NameOptions = {},
): NameState[] {
  const names = new TableNames(options);
  names.expect(table);
  const states: NameState[] = [{ from: null, history: historyOf(names, table) }];
  let [last, gaps] = [names.get(table), 0];
  for (const statement of statements) {
    names.add(statement);
    const now = names.get(table);
    const before = states.at(-1)!.history;
    const isSame = now === last || (isStep(now) && isStep(last) && now.crossing === null && last.crossing === null);
    const isNews = !isSame || (before.there && before.gap === null && concerns(names, gaps, before));
    [last, gaps] = [now, names.gaps.length];
    if (!isNews) continue;
    const history = historyOf(names, table);
    if (!isSame || (history.there && history.gap !== null)) states.push({ from: statement, history });
  }
  return states;
}

/** Whether gaps that were found since may be some of this table. */
function concerns(names: TableNames, from: number, { spans }: Extract<TableHistory, { there: true }>): boolean {
  for (let n = from; n < names.gaps.length; n++) {
    const concerned = names.gaps[n]!.names;
    if (concerned === null || concerned.has(names.keyOf(spans.at(-1)!.name).toLowerCase())) return true;
  }
  return false;
}

/** A step of the table, or something that happened to it under that name. */
interface Entry {
  readonly name: TableAt;
  readonly crossing: TableStep['crossing'];
  /** It leaves doubt about rows alone. */
  readonly rowsOnly: boolean;
}

function historyOf(names: TableNames, table: TableAt): TableHistory {
  const found = names.get(table);
  if (!isStep(found)) return { there: false, ...found };
  const steps: TableStep[] = [];
  for (let step: TableStep | null = found; step; step = step.before) steps.unshift(step);
  const entries = steps.flatMap((step, n) => entriesOf(names, step, steps[n + 1]?.ordinal ?? Number.POSITIVE_INFINITY));
  const spans = spansOf(entries);
  const first = spans[0]!;
  const crossings = spans.map(({ crossing }) => crossing);
  return {
    there: true,
    root: steps[0]!.name,
    base: steps[0]!.crossing ? 'nothing' : first.rows ? 'rows' : 'definition',
    spans,
    triggers: triggersOf(names, ofOneTable(steps)),
    gap: crossings.find((crossing) => crossing?.effect === 'gap') ?? null,
  };
}

function entriesOf(names: TableNames, { name, ordinal, crossing }: TableStep, until: number): Entry[] {
  const key = names.keyOf(name).toLowerCase();
  const gaps = names.gaps.filter(
    (gap) => gap.ordinal >= ordinal && gap.ordinal < until && (gap.names === null || gap.names.has(key)),
  );
  return [
    { name, crossing, rowsOnly: false },
    ...gaps.map(({ statement, reason, definition }) => ({
      name,
      crossing: { effect: 'gap', statement, reason, doubt: null, database: [] } as const,
      rowsOnly: !definition,
    })),
  ];
}

/** From the end backwards: what was before the table was last empty only tells its definition. */
function spansOf(entries: readonly Entry[]): TableSpan[] {
  const spans: TableSpan[] = [];
  let rows = true;
  for (const { name, crossing, rowsOnly } of entries.toReversed()) {
    const effect = crossing?.effect;
    const isPassed = !rows && (rowsOnly || crossing?.doubt?.definition === 'skip');
    if (!isPassed) spans.unshift({ name, rows, crossing: crossing && crossingOf(crossing, rows) });
    if (effect === 'empty' || effect === 'created') rows = false;
  }
  return spans;
}

function crossingOf(
  { effect, statement, reason, doubt, database }: NonNullable<TableStep['crossing']>,
  rows: boolean,
): Crossing {
  if (effect === 'gap') return { effect, statement, database, ...(reason === undefined ? {} : { reason }) };
  if (rows && doubt) return { effect: 'gap', statement, database, reason: doubt.reason };
  return { effect, statement, database };
}

/** Without what only lent its definition: CREATE TABLE … LIKE copies no triggers. */
function ofOneTable(steps: readonly TableStep[]): readonly TableStep[] {
  const created = steps.findLastIndex(({ crossing }) => crossing?.effect === 'created');
  return steps.slice(Math.max(0, created));
}

/** A trigger is of the table that it was made for, or, made before all this, of nobody knows which. */
function triggersOf(names: TableNames, steps: readonly TableStep[]): HistoryStatement[] {
  const isOurs = new Map<string, boolean>();
  return names.triggers
    .filter(({ ordinal, trigger, table }) => {
      if (table === null) return isOurs.get(trigger) ?? true;
      const step = steps.findLast((one) => one.ordinal <= ordinal);
      const ours = step !== undefined && names.keyOf(step.name) === table;
      isOurs.set(trigger, ours);
      return ours;
    })
    .map(({ statement }) => statement);
}
