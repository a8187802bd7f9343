import { parseArgs } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';

export interface DemoOptions {
  /** End as soon as it is proved, instead of staying up. */
  once: boolean;
  /** Rows of the table, where the lab's cluster has to be made. */
  rows: number;
}

/** Errors: `input/invalid`. */
export function readOptions(args: readonly string[]): DemoOptions {
  const usage = 'Use: npm run demo -- [--once] [--rows N]';
  const options = { once: { type: 'boolean', default: false }, rows: { type: 'string', default: '1000000' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    const rows = Number(values.rows);
    if (!Number.isInteger(rows) || rows < 1_000 || rows > 100_000_000) {
      throw new Error('--rows takes 1000 to 100000000');
    }
    return { once: values.once, rows };
  } catch (error) {
    throw new TidemarkError('input/invalid', (error as Error).message, { hint: usage });
  }
}
