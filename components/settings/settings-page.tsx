'use client';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { useMe } from '#components/auth/me.tsx';
import { Page } from '#components/layout/page.tsx';
import { LiveMark } from '#components/trpc/live-mark.tsx';
import { Card } from '#components/ui/card.tsx';
import { cn } from '#components/ui/cn.ts';
import { EmptyState } from '#components/ui/empty-state.tsx';
import { AboutRoom } from './about-room.tsx';
import { AccountRoom } from './account-room.tsx';
import { AuditRoom } from './audit-room.tsx';
import { ExecutorsRoom } from './executors-room.tsx';
import { PeopleRoom } from './people-room.tsx';
import { roomsFor, type SettingsRoom } from './settings-rooms.ts';
import { TokensRoom } from './tokens-room.tsx';

const rooms: Record<SettingsRoom, (props: { version: string }) => ReactNode> = {
  account: AccountRoom,
  people: PeopleRoom,
  tokens: TokensRoom,
  executors: ExecutorsRoom,
  audit: AuditRoom,
  about: AboutRoom,
};

/** `version` is that of the console that answers. */
export function SettingsPage({ room, version }: { room: SettingsRoom; version: string }) {
  const { role } = useMe();
  const open = roomsFor(role);
  const Room = rooms[room];
  return (
    <Page title="Settings" live={<LiveMark />}>
      <nav aria-label="Settings" className="-mt-1 flex gap-4 overflow-x-auto border-b border-line px-0.5">
        {open.map(({ key, name }) => (
          <Link
            key={key}
            href={`/settings/${key}`}
            aria-current={key === room ? 'page' : undefined}
            className={cn(
              '-mb-px flex h-control items-center border-b-2 px-0.5 font-medium whitespace-nowrap -outline-offset-2',
              key === room ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink',
            )}
          >
            {name}
          </Link>
        ))}
      </nav>
      {open.some(({ key }) => key === room) ? (
        <Room version={version} />
      ) : (
        <Card aria-label="Not for this role">
          <EmptyState title="This needs the role admin">You are {role}. An admin gives roles.</EmptyState>
        </Card>
      )}
    </Page>
  );
}
