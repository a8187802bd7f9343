import type { MessagePort } from 'node:worker_threads';

/**
 * What a thread can be for. A role is a file here that exports `serve(port)`, and a line below: every port that reaches
 * a thread is one lodger, which serve() answers until the port closes. Lodgers of one thread share its processor time and
 * nothing else. Secrets come over the port, never by arguments or environment.
 */
export const roles = {
  /** Holds a session and reads ranges of rows over it: read-role.ts, read-session.ts. */
  read: () => import('./read-role.ts'),
  /** Compresses frames of a log archive: ../log-archive/frame-thread.ts. */
  compress: () => import('../log-archive/compress-role.ts'),
} satisfies Record<string, () => Promise<{ serve(port: MessagePort): void }>>;

export type Role = keyof typeof roles;
