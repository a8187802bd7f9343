import { ChartColumn, HardDrive, History, Layers, List, Server, SlidersHorizontal } from 'lucide-react';

/** The rooms of the console, in the order of the rail. */
export const navItems = [
  { href: '/overview', name: 'Overview', icon: ChartColumn },
  { href: '/clusters', name: 'Clusters', icon: Server },
  { href: '/backups', name: 'Backups', icon: Layers },
  { href: '/restore', name: 'Restore', icon: History },
  { href: '/jobs', name: 'Jobs', icon: List },
  { href: '/destinations', name: 'Destinations', icon: HardDrive },
  { href: '/settings', name: 'Settings', icon: SlidersHorizontal },
] as const;

export type NavHref = (typeof navItems)[number]['href'];

/** Numbers beside an entry: what needs a look there now, such as running jobs. Zero is not drawn. */
export type NavCounts = Partial<Record<NavHref, { count: number; of: string }>>;

/** Whether `path` lies in the room at `href`: itself or below it, never a name that merely begins alike. */
export function isCurrent(path: string, href: string): boolean {
  return path === href || path.startsWith(`${href}/`);
}
