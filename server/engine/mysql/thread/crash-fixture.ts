import type { ReadSession } from './read-session.ts';

/** For tests: ends the thread of a session, by a letter that no honest side sends and the thread does not survive. */
export function crashThread(session: ReadSession): void {
  const { lodging } = session as unknown as { lodging: { port: { postMessage(letter: unknown): void } } };
  lodging.port.postMessage([null]);
}
