/**
 * Whether a request that changes something may be answered: one with a cookie must come from a page of this very host,
 * so that another site cannot use a person's session. A token speaks for itself and needs no origin.
 */
export function comesFromHere(request: Request): boolean {
  // Only a token: a browser adds the password of a proxy (`Basic`) by itself, whichever page asks.
  if (/^Bearer\s/i.test(request.headers.get('authorization') ?? '')) return true;
  if (request.headers.get('sec-fetch-site') === 'same-origin') return true;
  const origin = request.headers.get('origin');
  if (origin === null) return !request.headers.has('cookie');
  const host = request.headers.get('x-forwarded-host') ?? request.headers.get('host');
  return URL.canParse(origin) && new URL(origin).host === host;
}
