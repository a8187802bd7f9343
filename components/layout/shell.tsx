'use client';
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { Sheet } from '#components/ui/sheet.tsx';
import { SkipLink } from '#components/ui/skip-link.tsx';
import type { NavCounts } from './nav-items.ts';
import { Rail } from './rail.tsx';
import { RailEnd } from './rail-end.tsx';

const RailContext = createContext<{ open: () => void } | null>(null);

/**
 * Once around the signed-in pages: the rail at the left, below 820 px a sheet that the bar's menu button opens.
 * Each page brings its own bar and footer through `Page`.
 */
export function Shell({
  person,
  counts,
  onSignOut,
  children,
}: {
  person: { name: string; role: string };
  counts?: NavCounts;
  onSignOut: () => void;
  children: ReactNode;
}) {
  const [sheet, setSheet] = useState(false);
  const rail = useMemo(() => ({ open: () => setSheet(true) }), []);
  const end = <RailEnd name={person.name} role={person.role} onSignOut={onSignOut} />;
  return (
    <RailContext value={rail}>
      <SkipLink />
      <div className="min-h-dvh md:grid md:grid-cols-[var(--rail)_minmax(0,1fr)]">
        <div className="sticky top-0 h-dvh overflow-y-auto bg-rail max-md:hidden">
          <Rail counts={counts} end={end} />
        </div>
        <Sheet open={sheet} onOpenChange={setSheet} title="Navigation" className="bg-rail">
          <Rail counts={counts} end={end} onFollow={() => setSheet(false)} />
        </Sheet>
        <div className="flex min-h-dvh min-w-0 flex-col">{children}</div>
      </div>
    </RailContext>
  );
}

/** Opens the rail's sheet; null outside the shell. */
export function useRailSheet(): { open: () => void } | null {
  return useContext(RailContext);
}
