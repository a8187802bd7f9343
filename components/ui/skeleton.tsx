import { cn } from './cn.ts';

/** A block where content will be, at its full size; drawn only after 200 ms, so quick answers never flicker. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cn('block h-3 animate-appear rounded-1 bg-sunken', className)} />;
}
