import { TidemarkError } from '#server/base/error.ts';

/** The peer sent bytes we refuse to guess about. After this the stream has lost its place and must be closed. */
export function protocolError(message: string, context: Record<string, unknown> = {}): TidemarkError {
  return new TidemarkError('node/protocol', message, { context });
}
