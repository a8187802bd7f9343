'use client';
import { usePathname, useSearchParams } from 'next/navigation';
import { useCallback } from 'react';

export type AddressPatch = Record<string, string | readonly string[] | null | undefined>;

/**
 * What a page shows, kept in its address: it survives a reload and can be sent to somebody. `set` changes some of it
 * without asking the server; an empty value takes a name away. `replace` leaves no step for the Back button.
 */
export function useAddress() {
  const params = useSearchParams();
  const path = usePathname();
  const set = useCallback(
    (patch: AddressPatch, { replace = false }: { replace?: boolean } = {}) => {
      const next = new URLSearchParams(window.location.search);
      for (const [name, value] of Object.entries(patch)) {
        next.delete(name);
        for (const each of typeof value === 'string' ? [value] : (value ?? []))
          if (each !== '') next.append(name, each);
      }
      const query = next.size === 0 ? '' : `?${next}`;
      window.history[replace ? 'replaceState' : 'pushState'](null, '', `${path}${query}`);
    },
    [path],
  );
  return { params, set };
}
