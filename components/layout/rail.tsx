'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { Brand } from './brand.tsx';
import { isCurrent, type NavCounts, navItems } from './nav-items.ts';

/** Brand, the rooms, and the end (who is signed in). The same in the column and in the phone's sheet. */
export function Rail({
  counts = {},
  end,
  onFollow,
}: {
  counts?: NavCounts;
  end?: ReactNode;
  /** A link was followed: the sheet closes. */
  onFollow?: () => void;
}) {
  const path = usePathname();
  return (
    <div className="flex h-full flex-col bg-rail px-2 py-3 text-rail-ink [--focus-ring:var(--rail-mark)]">
      <nav aria-label="Main">
        <Link
          href="/overview"
          onClick={onFollow}
          aria-label="Tidemark, to the overview"
          className="mb-3.5 flex h-8 items-center rounded-2 px-2"
        >
          <Brand />
        </Link>
        <ul className="flex flex-col gap-0.5">
          {navItems.map(({ href, name, icon: Icon }) => {
            const mark = counts[href];
            return (
              <li key={href}>
                <Link
                  href={href}
                  onClick={onFollow}
                  aria-current={isCurrent(path, href) ? 'page' : undefined}
                  className="relative flex h-8 items-center gap-2.5 rounded-2 px-2 font-medium before:absolute before:inset-y-[7px] before:-left-2 before:w-[3px] before:rounded-r-[2px] hover:bg-rail-on hover:text-rail-ink-on aria-[current]:bg-rail-on aria-[current]:text-rail-ink-on aria-[current]:before:bg-rail-mark max-md:h-10"
                >
                  <Icon aria-hidden="true" className="size-4 shrink-0" />
                  {name}
                  {mark !== undefined && mark.count > 0 ? (
                    <span className="ml-auto rounded-full border border-rail-line px-1.5 text-11 leading-4 text-rail-ink">
                      {mark.count}
                      <span className="sr-only"> {mark.of}</span>
                    </span>
                  ) : null}
                </Link>
              </li>
            );
          })}
        </ul>
      </nav>
      {end === undefined ? null : <div className="mt-auto -mb-1.5 border-t border-rail-line pt-1">{end}</div>}
    </div>
  );
}
