import type { ReactNode } from 'react';
import { Mark } from '#components/layout/brand.tsx';
import { Card } from '#components/ui/card.tsx';

/** A page of its own, outside the console: the mark, one card. */
export function AuthCard({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh place-items-center px-4 py-8">
      <div className="w-full max-w-[360px]">
        <p className="mb-3 flex items-center gap-2 text-14 font-semibold tracking-[-0.01em]">
          <Mark />
          Tidemark
        </p>
        <Card aria-label={title} className="p-4">
          <h1>{title}</h1>
          {note === undefined ? null : <p className="mt-1 text-ink-2">{note}</p>}
          {children}
        </Card>
      </div>
    </main>
  );
}
