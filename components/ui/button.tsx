import { cva, type VariantProps } from 'class-variance-authority';
import * as Slot from 'radix-ui/slot';
import type { ComponentProps, MouseEvent } from 'react';
import { cn } from './cn.ts';

/** The look of a button, for elements that are not one (a link goes through `asChild` instead). */
export const buttonLook = cva(
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-2 border font-medium leading-none whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:border-line disabled:bg-sunken disabled:text-ink-off aria-disabled:cursor-progress [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'border-accent bg-accent text-accent-ink hover:border-accent-hover hover:bg-accent-hover',
        default: 'border-line-strong bg-surface text-ink hover:bg-hover',
        quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-hover disabled:bg-transparent',
        danger: 'border-bad bg-surface text-bad hover:bg-bad-soft',
        on: 'border-accent-line bg-accent-soft text-accent',
      },
      size: {
        normal: 'h-control px-3 text-13',
        small: 'h-control-s px-[9px] text-12 [&_svg]:size-3.5',
      },
      icon: { true: 'px-0', false: '' },
    },
    compoundVariants: [
      { size: 'normal', icon: true, class: 'w-control' },
      { size: 'small', icon: true, class: 'w-control-s [&_svg]:size-4' },
    ],
    defaultVariants: { variant: 'default', size: 'normal', icon: false },
  },
);

export interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof buttonLook> {
  /** Puts the look on the single child, usually a link. */
  asChild?: boolean;
  /** Work is under way: the button keeps its label, its width and the focus, and takes no second press. */
  busy?: boolean;
}

/**
 * One primary per page; destructive ones are `danger` and ask again. An `icon` button carries an `aria-label`.
 * `type` is "button" unless told: a button inside a form never submits by accident.
 */
export function Button({ variant, size, icon, asChild, busy, className, ...props }: ButtonProps) {
  const look = cn(buttonLook({ variant, size, icon }), busy && 'opacity-70', className);
  if (asChild) return <Slot.Root className={look} {...props} />;
  const held = busy ? { 'aria-busy': true, 'aria-disabled': true, onClick: refuse } : {};
  return <button type="button" className={look} {...props} {...held} />;
}

function refuse(event: MouseEvent) {
  event.preventDefault();
}
