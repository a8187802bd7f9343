import 'server-only';
import { headers } from 'next/headers';
import { cache } from 'react';
import type { Caller } from '#server/auth/who-is.ts';
import { createCaller } from './app-router.ts';
import type { RequestContext } from './context.ts';
import { requestContext } from './request-context.ts';
import { services } from './services.ts';

/** For pages: the context of the request being answered, made once a request. */
const current = cache(async (): Promise<RequestContext> => {
  // First of all: asking for them says that the page is never drawn while building, where there is no database.
  const asked = await headers();
  return requestContext(await services(), asked);
});

/** Who asks for the page; null for nobody (then the page sends them to /login). */
export const currentCaller = async (): Promise<Caller | null> => (await current()).caller;

/** Every procedure, callable from a page with the reader's own role. */
export const caller = async () => createCaller(await current());
