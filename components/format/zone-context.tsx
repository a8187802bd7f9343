'use client';
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react';

/** In which zone times are written: the console server's, UTC, or the reader's own. It moves labels, never instants. */
export type ZoneChoice = 'server' | 'utc' | 'mine';

export interface Zone {
  choice: ZoneChoice;
  setChoice: (choice: ZoneChoice) => void;
  /** The IANA name that is written now. On the server and until the page is mounted: UTC. */
  zone: string;
  zones: Record<ZoneChoice, string>;
  mounted: boolean;
}

const storageKey = 'tidemark-zone';
const listeners = new Set<() => void>();
const utcOnly: Zone = {
  choice: 'utc',
  setChoice: () => {},
  zone: 'UTC',
  zones: { server: 'UTC', utc: 'UTC', mine: 'UTC' },
  mounted: false,
};
const ZoneContext = createContext<Zone>(utcOnly);

/** Once around the console. `serverZone` is the IANA name of the console server's zone. */
export function ZoneProvider({ serverZone, children }: { serverZone: string; children: ReactNode }) {
  const choice = useSyncExternalStore(subscribe, readChoice, () => null);
  const value = useMemo<Zone>(() => {
    const mounted = choice !== null;
    const mine = mounted ? Intl.DateTimeFormat().resolvedOptions().timeZone : 'UTC';
    const zones = { server: serverZone, utc: 'UTC', mine };
    return { choice: choice ?? 'server', setChoice, zone: mounted ? zones[choice] : 'UTC', zones, mounted };
  }, [choice, serverZone]);
  return <ZoneContext value={value}>{children}</ZoneContext>;
}

/** The zone to write times in; outside a provider UTC. */
export function useZone(): Zone {
  return useContext(ZoneContext);
}

// Kept for this tab when storage is closed to us (a private window), so the switch still works.
let chosen: ZoneChoice | undefined;

function readChoice(): ZoneChoice {
  if (chosen === undefined) {
    try {
      const stored = localStorage.getItem(storageKey);
      chosen = stored === 'utc' || stored === 'mine' ? stored : 'server';
    } catch {
      chosen = 'server';
    }
  }
  return chosen;
}

function setChoice(choice: ZoneChoice): void {
  chosen = choice;
  try {
    localStorage.setItem(storageKey, choice);
  } catch {}
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  const fromAnotherTab = (event: StorageEvent) => {
    if (event.key !== storageKey) return;
    chosen = undefined;
    listener();
  };
  listeners.add(listener);
  window.addEventListener('storage', fromAnotherTab);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', fromAnotherTab);
  };
}
