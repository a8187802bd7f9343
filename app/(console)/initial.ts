import { notFound } from 'next/navigation';
import { hasCode } from '#server/base/error.ts';

/**
 * What a page shows first, asked for on the server. A failure answers undefined: the screen asks again itself and shows
 * it in the card that failed, the others stay usable. What does not exist is the page that says so.
 */
export async function initial<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    const absent = ['not-found', 'backup/not-found', 'table/not-found'] as const;
    if (absent.some((code) => hasCode(cause, code))) notFound();
    return undefined;
  }
}
