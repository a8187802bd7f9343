import { cn } from '#components/ui/cn.ts';
import { Tag } from '#components/ui/tag.tsx';
import type { CheckState, NodeCheck } from '#server/contract/cluster.ts';
import { worstFirst } from './cluster-words.ts';

const words: Record<CheckState, string> = { ok: 'Good', warn: 'Look', bad: 'Bad', unknown: 'Unknown' };

/** Findings about nodes, worst first; each that is not good says what to do. */
export function CheckList({ checks, className }: { checks: readonly NodeCheck[]; className?: string }) {
  return (
    <ul
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Checks, worst first"
      className={cn('text-12 -outline-offset-2', className)}
    >
      {worstFirst(checks).map((check) => (
        <li
          key={`${check.node} ${check.id}`}
          className="grid grid-cols-[84px_minmax(0,1fr)] gap-2 border-b border-line px-3 py-[5px] last:border-b-0"
        >
          <span className="pt-px">
            <Tag state={check.state}>{words[check.state]}</Tag>
          </span>
          <div className="min-w-0">
            <p className="break-words">
              <b className="font-medium">{check.label}</b> <span className="text-ink-3">{check.node}</span>
              <span className="text-ink-2"> {check.detail}</span>
            </p>
            {check.state === 'ok' || check.fix === '' ? null : <p className="break-words text-ink">{check.fix}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}
