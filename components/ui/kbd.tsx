import type { ReactNode } from 'react';

export function Kbd({ children }: { children: ReactNode }) {
  return (
    <kbd className="inline-grid h-[18px] min-w-[18px] place-items-center rounded-1 border border-line-strong bg-surface px-1 text-11 leading-none text-ink-2">
      {children}
    </kbd>
  );
}
