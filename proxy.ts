import { type NextRequest, NextResponse } from 'next/server';

/** Tells the pages which address was asked for, so that the sign-in can lead back to it. Decides nothing itself. */
export function proxy(request: NextRequest): NextResponse {
  const headers = new Headers(request.headers);
  headers.set('x-console-path', `${request.nextUrl.pathname}${request.nextUrl.search}`);
  return NextResponse.next({ request: { headers } });
}

export const config = { matcher: ['/((?!api/|_next/|icon).*)'] };
