import { z } from 'zod';

/** Roles rise: a viewer reads, an operator also backs up and restores, an admin also manages people and settings. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export const role = z.enum(roles);
export type Role = z.infer<typeof role>;
export const atLeast = (have: Role, need: Role): boolean => roles.indexOf(have) >= roles.indexOf(need);
