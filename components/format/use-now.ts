'use client';
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let now: Date | undefined;
let timer: ReturnType<typeof setInterval> | undefined;

/** The current instant, moving once a second and the same for the whole page. Until the page is mounted: undefined. */
export function useNow(): Date | undefined {
  return useSyncExternalStore(subscribe, read, () => undefined);
}

function read(): Date {
  now ??= new Date();
  return now;
}

// One clock for all readers, and none when nobody reads.
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    now = undefined;
  };
}

function tick(): void {
  now = new Date();
  for (const listener of listeners) listener();
}
