'use client';
import { Search, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { cn } from '#components/ui/cn.ts';
import { controlLook } from '#components/ui/input.tsx';

/**
 * Searches as one types: `onSearch` hears the text `delayMs` after the last letter, at once on Enter and when it is
 * emptied. `value` is what is searched for now (from the address, say); a new one replaces what stands in the box.
 */
export function SearchBox({
  label,
  value,
  onSearch,
  delayMs = 200,
  className,
}: {
  /** Also the placeholder: "Search tables". */
  label: string;
  value: string;
  onSearch: (text: string) => void;
  delayMs?: number;
  className?: string;
}) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Our own word coming back is no news; anything else is.
    if (value === told.current) return;
    told.current = value;
    clearTimeout(timer.current);
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const tell = (next: string) => {
    clearTimeout(timer.current);
    if (next === told.current) return;
    told.current = next;
    onSearch(next);
  };
  const change = (next: string) => {
    setText(next);
    clearTimeout(timer.current);
    if (next === '') tell(next);
    else timer.current = setTimeout(() => tell(next), delayMs);
  };
  return (
    <search className={cn('relative block w-56 min-w-0', className)}>
      <Search
        aria-hidden="true"
        className="pointer-events-none absolute top-1/2 left-2 size-3.5 -translate-y-1/2 text-ink-3"
      />
      <input
        ref={box}
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            tell(text);
          }
          if (event.key === 'Escape' && text !== '') {
            event.preventDefault();
            event.stopPropagation();
            change('');
          }
        }}
        className={cn(controlLook, 'h-control-s px-7 text-12 [&::-webkit-search-cancel-button]:hidden')}
      />
      {text === '' ? null : (
        <button
          type="button"
          aria-label="Empty the search"
          onClick={() => {
            change('');
            box.current?.focus();
          }}
          className="absolute inset-y-0.5 right-0.5 grid w-6 place-items-center rounded-1 text-ink-3 -outline-offset-2 hover:text-ink"
        >
          <X aria-hidden="true" className="size-3.5" />
        </button>
      )}
    </search>
  );
}
