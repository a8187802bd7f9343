'use client';
import {
  defaultRangeExtractor,
  type Range,
  useVirtualizer,
  useWindowVirtualizer,
  type VirtualItem,
} from '@tanstack/react-virtual';
import { type RefObject, useCallback, useLayoutEffect, useState } from 'react';

/** Fewer rows than this are all drawn: cheaper than measuring, and there on the server too. */
const drawAllBelow = 80;
const rowHeight = 33;

export interface RowWindow {
  /** The rows to draw, or undefined for all of them in their natural place. */
  items: VirtualItem[] | undefined;
  height: number;
  /** What to take off an item's `start` to place it in the body. */
  offset: number;
  measure: (element: HTMLElement | null) => void;
  scrollTo: (index: number) => void;
}

/**
 * Which of `count` rows are drawn: those in sight, a few around, and `kept` (the one that has the focus, so the
 * keyboard never falls out of the list). They scroll with the page, or in `scroller` when the table has its own box.
 */
export function useRowWindow({
  count,
  kept,
  boxed,
  scroller,
  body,
}: {
  count: number;
  kept: number | undefined;
  boxed: boolean;
  scroller: RefObject<HTMLDivElement | null>;
  body: RefObject<HTMLDivElement | null>;
}): RowWindow {
  const windowed = count >= drawAllBelow;
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    if (!body.current || boxed) return;
    const element = body.current;
    const place = () => setMargin(Math.round(element.getBoundingClientRect().top + window.scrollY));
    place();
    // What stands above the table may grow after it was placed.
    const watcher = new ResizeObserver(place);
    watcher.observe(document.body);
    return () => watcher.disconnect();
  }, [body, boxed]);
  const rangeExtractor = useCallback(
    (range: Range) => {
      const drawn = defaultRangeExtractor(range);
      if (kept === undefined || kept >= count || drawn.includes(kept)) return drawn;
      return [...drawn, kept].sort((a, b) => a - b);
    },
    [kept, count],
  );
  const asked = { count, estimateSize: () => rowHeight, overscan: 8, rangeExtractor };
  const inPage = useWindowVirtualizer<HTMLElement>({ ...asked, enabled: windowed && !boxed, scrollMargin: margin });
  const inBox = useVirtualizer<HTMLDivElement, HTMLElement>({
    ...asked,
    enabled: windowed && boxed,
    getScrollElement: () => scroller.current,
    scrollPaddingStart: rowHeight,
  });
  const used = boxed ? inBox : inPage;
  return {
    items: windowed ? used.getVirtualItems() : undefined,
    height: windowed ? used.getTotalSize() : 0,
    offset: boxed ? 0 : margin,
    measure: windowed ? used.measureElement : () => {},
    scrollTo: (index) => (windowed ? used.scrollToIndex(index, { align: 'auto' }) : undefined),
  };
}
