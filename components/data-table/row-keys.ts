'use client';
import { type KeyboardEvent, type RefObject, useEffect, useState } from 'react';

/** Where an arrow key leads: rows one by one, ten by page, and the ends. Undefined for any other key. */
export function nextRow(key: string, index: number, count: number): number | undefined {
  const clamp = (next: number) => Math.min(count - 1, Math.max(0, next));
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1);
    case 'ArrowUp':
      return clamp(index - 1);
    case 'PageDown':
      return clamp(index + 10);
    case 'PageUp':
      return clamp(index - 10);
    case 'Home':
      return 0;
    case 'End':
      return clamp(count - 1);
    default:
      return undefined;
  }
}

/**
 * Arrow keys walk from row to row along the links (or along the ticks, when one has the focus). `kept` is the row
 * that has the focus or is about to: it must stay drawn.
 */
export function useRowKeys(body: RefObject<HTMLDivElement | null>, count: number) {
  const [wanted, setWanted] = useState<{ index: number; stop: string }>();
  const [kept, setKept] = useState<number>();
  useEffect(() => {
    if (!wanted) return;
    body.current
      ?.querySelector<HTMLElement>(`[data-index="${wanted.index}"] [data-stop="${wanted.stop}"]`)
      ?.focus({ preventScroll: false });
  }, [wanted, body]);
  return {
    kept,
    onFocus: (event: { target: EventTarget }) => setKept(rowOf(event.target)?.index),
    onBlur: (event: { relatedTarget: EventTarget | null }) => {
      if (!body.current?.contains(event.relatedTarget as Node | null)) setKept(undefined);
    },
    onKeyDown: (event: KeyboardEvent<HTMLElement>, scrollTo: (index: number) => void) => {
      const here = rowOf(event.target);
      if (here?.stop === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      const next = nextRow(event.key, here.index, count);
      if (next === undefined) return;
      event.preventDefault();
      setKept(next);
      scrollTo(next);
      setWanted({ index: next, stop: here.stop });
    },
  };
}

function rowOf(target: EventTarget): { index: number; stop: string | undefined } | undefined {
  const element = target as HTMLElement;
  const row = element.closest<HTMLElement>('[data-index]');
  if (!row) return undefined;
  return { index: Number(row.dataset.index), stop: element.closest<HTMLElement>('[data-stop]')?.dataset.stop };
}
