'use client';
import { Menu as MenuIcon } from 'lucide-react';
import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';
import { Button } from '#components/ui/button.tsx';
import { cn } from '#components/ui/cn.ts';
import { useRailSheet } from './shell.tsx';

export interface Crumb {
  name: string;
  href: string;
}

/**
 * The line above a page: its title (the page's h1) or the way to it, steps, live dot, actions. With `crumbs` the
 * title is only the last of them and the h1 stands in the page's header; with `steps` it stands there, too.
 */
export function Bar({
  title,
  crumbs,
  steps,
  live,
  actions,
}: {
  title: string;
  crumbs?: readonly Crumb[];
  steps?: ReactNode;
  live?: ReactNode;
  actions?: ReactNode;
}) {
  const rail = useRailSheet();
  // A wizard's heading says what it is about and stands in the page; one page has one h1.
  const Title = steps === undefined ? 'h1' : 'p';
  return (
    <header className="sticky top-0 z-20 flex h-bar shrink-0 items-center gap-4 border-b border-line bg-surface px-5 max-md:gap-3 max-md:px-4">
      {rail === null ? null : (
        <Button
          variant="quiet"
          size="small"
          icon
          aria-label="Open navigation"
          aria-haspopup="dialog"
          onClick={rail.open}
          className="-ml-1.5 md:hidden"
        >
          <MenuIcon aria-hidden="true" />
        </Button>
      )}
      {crumbs === undefined ? (
        <Title
          className={cn('max-w-[60%] shrink-0 truncate', steps !== undefined && 'text-14 font-semibold max-md:sr-only')}
        >
          {title}
        </Title>
      ) : (
        <nav aria-label="Breadcrumb" className="max-w-[55%] shrink-0 max-sm:min-w-0 max-sm:shrink">
          <ol className="flex min-w-0 gap-1 text-ink-3">
            {crumbs.map((crumb) => (
              <Fragment key={crumb.href}>
                {/* On a phone the actions need the room; the menu leads back. */}
                <li className="shrink-0 max-sm:hidden">
                  <Link href={crumb.href} className="link">
                    {crumb.name}
                  </Link>
                </li>
                <li aria-hidden="true" className="max-sm:hidden">
                  /
                </li>
              </Fragment>
            ))}
            <li aria-current="page" className="truncate font-semibold text-ink">
              {title}
            </li>
          </ol>
        </nav>
      )}
      {steps}
      <span className="flex-1" />
      {/* What gives way first where it is narrow; the dot stays. */}
      {live === undefined ? null : <div className="flex min-w-2 shrink-[99]">{live}</div>}
      {actions === undefined ? null : <div className="flex shrink-0 items-center gap-2 md:gap-4">{actions}</div>}
    </header>
  );
}
