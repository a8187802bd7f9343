import { z } from 'zod';

/** Screens know ids, people on a command line know names. */
export const byIdOrName = z.union([z.object({ id: z.string() }), z.object({ name: z.string() })]);
