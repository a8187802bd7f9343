'use client';
import { useEffect, useRef } from 'react';
import { plural } from '#components/format/number.ts';
import { Glyph } from '#components/ui/glyph.tsx';

export interface FieldProblem {
  /** What is wrong, as a sentence. */
  message: string;
  /** Name (the `name` attribute) of the control to go to. */
  field?: string;
}

/** What stands between the form and its button. Takes the focus when it appears; each line leads to its field. */
export function ErrorSummary({ problems }: { problems: readonly FieldProblem[] }) {
  const box = useRef<HTMLDivElement>(null);
  const some = problems.length > 0;
  useEffect(() => {
    if (some) box.current?.focus();
  }, [some]);
  if (!some) return null;
  return (
    <div ref={box} role="alert" tabIndex={-1} className="flex gap-2.5 rounded-2 bg-bad-soft px-3 py-2.5">
      <Glyph state="bad" className="mt-1 text-bad" />
      <div className="min-w-0">
        <p className="font-semibold">{plural(problems.length, 'thing')} to correct</p>
        <ul className="mt-0.5 text-ink-2">
          {problems.map(({ message, field }) => (
            <li key={`${field} ${message}`}>
              {field === undefined ? (
                message
              ) : (
                <button type="button" className="text-left text-bad underline" onClick={() => goTo(box.current, field)}>
                  {message}
                </button>
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function goTo(box: HTMLElement | null, field: string): void {
  const scope = box?.closest('form') ?? document;
  const control = scope.querySelector<HTMLElement>(`[name="${CSS.escape(field)}"]`);
  control?.focus();
}
