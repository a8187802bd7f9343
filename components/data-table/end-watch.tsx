'use client';
import { type RefObject, useEffect, useRef } from 'react';

/** Calls `onReached` when the end of the list comes near; again after each batch that leaves it in sight. */
export function EndWatch({
  onReached,
  count,
  scroller,
}: {
  onReached: () => void;
  count: number;
  scroller: RefObject<HTMLDivElement | null>;
}) {
  const mark = useRef<HTMLDivElement>(null);
  const reached = useRef(onReached);
  useEffect(() => {
    reached.current = onReached;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new batch must look again, though nothing else changed
  useEffect(() => {
    if (!mark.current) return;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) reached.current();
      },
      { root: scroller.current, rootMargin: '600px 0px' },
    );
    watcher.observe(mark.current);
    return () => watcher.disconnect();
  }, [count, scroller]);
  return <div ref={mark} aria-hidden="true" className="h-px" />;
}
