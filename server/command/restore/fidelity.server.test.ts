import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columns, periods } from './fidelity-columns-fixture.ts';
import type { SeenTable } from './fidelity-content-fixture.ts';
import { type Fates, type Fidelity, type FidelityCase, startFidelity, tableNameOf } from './fidelity-fixture.ts';
import { keys, names, partitions, rowFormats } from './fidelity-layout-fixture.ts';
import { listsAndShapes, numbersAndTimes, textAndBytes } from './fidelity-values-fixture.ts';

let lab: Fidelity;

beforeAll(async () => {
  lab = await startFidelity();
});
afterAll(() => lab?.stop());

const themes: Record<string, readonly FidelityCase[]> = {
  numbers_and_times: numbersAndTimes,
  lists_and_shapes: listsAndShapes,
  text_and_bytes: textAndBytes,
  columns,
  periods,
  row_formats: rowFormats,
  partitions,
  keys_and_indexes: keys,
  odd_names: names,
};

for (const [theme, cases] of Object.entries(themes)) {
  describe(`backed up and restored by the shipped commands: ${theme.replaceAll('_', ' ')}`, () => {
    let fates: Fates;
    let live: Map<string, SeenTable>;
    let back: Map<string, SeenTable>;

    beforeAll(async () => {
      await lab.make(theme, cases);
      fates = await lab.trip(theme);
      [live, back] = await Promise.all([lab.seen(theme), lab.seen(`${theme}_back`)]);
    });

    it.each(cases.map((one, n) => ({ ...one, table: tableNameOf(one, n) })))(
      'comes back with the same definition and the same rows: $what',
      ({ table, empty }) => {
        expect(fates.get(lab.nameOf(theme, table))).toBe(null);
        expect(live.get(table)!.rows.length === 0).toBe(empty ?? false);
        expect(back.get(table)).toEqual(live.get(table));
      },
    );
  });
}
