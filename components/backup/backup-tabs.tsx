import Link from 'next/link';
import { cn } from '#components/ui/cn.ts';

const tabs = [
  { key: 'backups', href: '/backups', name: 'Backups' },
  { key: 'kept', href: '/backups/kept', name: 'Kept copies' },
] as const;

/** Two rooms of one kind: what lies on destinations, and what in-place restores left on clusters. */
export function BackupTabs({ current }: { current: (typeof tabs)[number]['key'] }) {
  return (
    <nav aria-label="Backups" className="-mt-1 flex gap-4 border-b border-line px-0.5">
      {tabs.map(({ key, href, name }) => (
        <Link
          key={key}
          href={href}
          aria-current={key === current ? 'page' : undefined}
          className={cn(
            '-mb-px flex h-control items-center border-b-2 px-0.5 font-medium',
            key === current ? 'border-accent text-ink' : 'border-transparent text-ink-2 hover:text-ink',
          )}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
