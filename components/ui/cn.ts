import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

const merge = extendTailwindMerge({
  extend: {
    theme: {
      text: ['11', '12', '13', '14', '16', '20', '28'],
      radius: ['1', '2', '3'],
      shadow: ['1', '2'],
      spacing: ['control', 'control-s', 'rail', 'bar'],
    },
  },
});

/** Joins class names; of two that set the same thing the later wins. Knows the names of app/globals.css. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
