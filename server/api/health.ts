import 'server-only';
import { services } from './services.ts';

export interface Health {
  /** This process answers. */
  live: true;
  /** It can reach its own database, so that everything else can be answered too. */
  ready: boolean;
}

export async function checkHealth(): Promise<Health> {
  try {
    const { db } = await services();
    await db.$queryRaw`SELECT 1`;
    return { live: true, ready: true };
  } catch {
    return { live: true, ready: false };
  }
}
