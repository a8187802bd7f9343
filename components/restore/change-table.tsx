import { formatCount } from '#components/format/number.ts';
import type { Bar } from './histogram-bars.ts';

const heads = ['Inserts', 'Updates', 'Deletes', 'Transactions', 'Statements'];

/** What the bars show, for reading: newest first. */
export function ChangeTable({ bars, wordsOf }: { bars: readonly Bar[]; wordsOf: (bar: Bar) => string }) {
  if (bars.length === 0) return null;
  return (
    <details className="text-12">
      <summary className="w-fit cursor-pointer text-ink-2 hover:text-ink">As a table</summary>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Changes as a table"
        className="mt-1 max-h-60 overflow-auto -outline-offset-2"
      >
        <table className="w-full tabular-nums">
          <thead>
            <tr className="text-left text-ink-3">
              <th scope="col" className="py-1 pr-3 font-medium">
                Time
              </th>
              {heads.map((head) => (
                <th key={head} scope="col" className="py-1 pl-3 text-right font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bars.toReversed().map((bar) => (
              <tr key={bar.fromMs} className="border-t border-line">
                <th scope="row" className="py-1 pr-3 text-left font-normal whitespace-nowrap">
                  {wordsOf(bar)}
                </th>
                {[bar.inserts, bar.updates, bar.deletes, bar.transactions, bar.statements].map((count, at) => (
                  <td key={heads[at]} className="py-1 pl-3 text-right">
                    {formatCount(count)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}
