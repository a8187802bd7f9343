import type { ReactNode } from 'react';
import { cn } from './cn.ts';
import { Glyph } from './glyph.tsx';

/** A failure as every surface carries it: code, what we were doing (lower case), what to do (sentences). */
export interface ShownFailure {
  code: string;
  message: string;
  hint?: string;
}

/**
 * What failed, inside the card that failed. `outcome` comes first and says what happened to the data ("Nothing was
 * written."); then the failure, what to do, and a link to the page about its code. `children` hold a retry button.
 */
export function ErrorPanel({
  failure,
  outcome,
  docs,
  children,
  className,
}: {
  failure: ShownFailure;
  outcome?: ReactNode;
  /** Address of the page about this code. */
  docs?: string;
  children?: ReactNode;
  className?: string;
}) {
  return (
    <div role="alert" className={cn('flex gap-2.5 rounded-2 bg-bad-soft px-3 py-2.5', className)}>
      <Glyph state="bad" className="mt-1 text-bad" />
      <div className="min-w-0 flex-1">
        <p className="font-semibold break-words text-ink">
          {outcome === undefined ? null : <>{outcome} </>}
          {sentence(failure.message)}
        </p>
        {failure.hint ? <p className="mt-0.5 break-words text-ink-2">{failure.hint}</p> : null}
        <p className="mt-1 text-12 text-ink-2">
          <code>{failure.code}</code>
          {docs === undefined ? null : (
            <>
              {' · '}
              <a className="link-inline" href={docs}>
                About this failure
              </a>
            </>
          )}
        </p>
        {children === undefined ? null : <div className="mt-2 flex flex-wrap gap-2">{children}</div>}
      </div>
    </div>
  );
}

/**
 * Messages are written lower case without a full stop, so that they can be joined; alone they are a sentence. One that
 * begins with a name (a table, a node) keeps it as it is written.
 */
export function sentence(message: string): string {
  const text = message.trim();
  if (text === '') return text;
  const first = /^[a-z]+(?=[\s,:;.!?]|$)(?!\.\S)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.!?…:]$/.test(first) ? first : `${first}.`;
}
