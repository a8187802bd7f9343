'use client';
import { formatAge } from '#components/format/duration.ts';
import { Instant } from '#components/format/instant.tsx';
import { plural } from '#components/format/number.ts';
import type { Coverage } from '#components/trpc/outputs.ts';
import { cn } from '#components/ui/cn.ts';
import { sentence } from '#components/ui/error-panel.tsx';
import { coverageRows } from './coverage-words.ts';

/** More than anybody reads; what is left out is older, and `tidemark range` tells it all. */
const mostRows = 200;

/** What the lanes draw, as words: each range and each gap with its reason, newest first. */
export function CoverageList({ coverage }: { coverage: Coverage }) {
  const rows = coverageRows(coverage);
  if (rows.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section aria-label="Ranges and gaps" tabIndex={0} className="max-h-64 overflow-y-auto border-t border-line">
      <table className="w-full border-collapse text-left">
        <thead className="sr-only">
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Recoverable</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, mostRows).map(({ from, to, reason }) => (
            <tr
              key={`${from} ${reason === null}`}
              className="border-b border-line align-top last:border-b-0 max-sm:block max-sm:py-1"
            >
              <td className="py-1 pl-3 whitespace-nowrap max-sm:inline-block">
                <i
                  className={cn(
                    'mr-2 inline-block h-3 w-[5px] rounded-1 align-[-1px]',
                    reason === null ? 'bg-cover' : 'hatch',
                  )}
                />
                <Instant at={from} style="second" />
              </td>
              <td className="px-3 py-1 whitespace-nowrap max-sm:inline-block max-sm:px-1">
                {from === to ? null : (
                  <>
                    <span aria-hidden="true" className="mr-3 text-ink-3 max-sm:mr-1">
                      –
                    </span>
                    <Instant at={to} style="second" />
                  </>
                )}
              </td>
              <td className="w-full py-1 pr-3 break-words text-ink-2 max-sm:block max-sm:py-0 max-sm:pl-6">
                {reason === null ? (
                  from === to ? (
                    'As it was at this instant'
                  ) : (
                    `Any instant of ${formatAge(Date.parse(to) - Date.parse(from))}`
                  )
                ) : (
                  <>
                    <b className="font-medium text-ink">Not recoverable.</b> {sentence(reason)}
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > mostRows ? (
        <p className="px-3 py-1.5 text-12 text-ink-3">{plural(rows.length - mostRows, 'older row')} not shown.</p>
      ) : null}
    </section>
  );
}
