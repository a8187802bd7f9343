import type { Auth } from '#server/auth/auth.ts';
import { sentToken, whoIs } from '#server/auth/who-is.ts';
import type { RequestContext, Services } from './context.ts';

/** What a request is answered with: the services and who sends it. */
export async function requestContext(held: Services & { auth: Auth }, headers: Headers): Promise<RequestContext> {
  const { auth: _, ...services } = held;
  return { ...services, caller: await whoIs(held, headers), sentToken: sentToken(headers) !== null };
}
