import { betterAuth } from 'better-auth';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { username } from 'better-auth/plugins/username';
import { recordAudit } from '#server/audit/record.ts';
import { systemClock } from '#server/base/clock.ts';
import type { Keyring } from '#server/config/keyring.ts';
import type { Role } from '#server/contract/role.ts';
import type { Database } from '#server/db/client.ts';
import { isUserName, longestPassword, shortestPassword } from './person.ts';

/**
 * Sessions by user name and password. There is no sign-up, and of better-auth's routes only these answer: everything
 * else about people goes through our own verbs, with their roles and their audit rows.
 */
export const reachablePaths = ['/sign-in/username', '/sign-out', '/get-session'] as const;
export const authBasePath = '/api/auth';

export type Auth = ReturnType<typeof createAuth>;

export function createAuth(options: { db: Database; keyring: Keyring }) {
  return betterAuth({
    appName: 'Tidemark',
    secret: options.keyring.authSecret,
    basePath: authBasePath,
    database: prismaAdapter(options.db, { provider: 'postgresql' }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: shortestPassword,
      maxPasswordLength: longestPassword,
    },
    user: {
      additionalFields: {
        role: { type: 'string', input: false },
        mustChangePassword: { type: 'boolean', input: false },
      },
    },
    session: { expiresIn: 7 * 86_400, updateAge: 3_600 },
    databaseHooks: { session: { create: { after: ({ userId }) => recordSignIn(options, userId) } } },
    plugins: [username({ minUsernameLength: 1, maxUsernameLength: 63, usernameValidator: isUserName })],
    // The address people use is not ours to know (a proxy, another name); a page of any other host is refused.
    trustedOrigins: (request) => originsOf(request),
    // Plain http on loopback is the default; browsers would drop a cookie that asks for https.
    advanced: { useSecureCookies: false, defaultCookieAttributes: { sameSite: 'lax', httpOnly: true } },
    rateLimit: { enabled: true, window: 60, max: 300, customRules: { '/sign-in/username': { window: 60, max: 60 } } },
    telemetry: { enabled: false },
    logger: { level: 'error' },
  });
}

/** Every session begins with a password: who came in, and when, is in the audit log. */
async function recordSignIn({ db }: { db: Database }, userId: string): Promise<void> {
  const person = await db.user.findUnique({ where: { id: userId } });
  if (!person) return;
  const { id, username, role } = person;
  const actor = { kind: 'person', id, name: username, role: role as Role } as const;
  await recordAudit(db, { actor, clock: systemClock }, { action: 'person.sign-in', subject: username });
}

/** Answers only `reachablePaths`; the rest is 404, as if it were not there. A page of another host is refused with 403. */
export async function handleAuth(auth: Auth, request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.slice(authBasePath.length);
  if (!(reachablePaths as readonly string[]).includes(path)) return new Response(null, { status: 404 });
  const origin = request.headers.get('origin');
  // better-auth asks this too, but not in every mode it runs in.
  if (origin !== null && !originsOf(request).includes(origin)) return new Response(null, { status: 403 });
  return auth.handler(request);
}

function originsOf(request: Request | undefined): string[] {
  const host = request?.headers.get('x-forwarded-host') ?? request?.headers.get('host');
  return host ? [`http://${host}`, `https://${host}`] : [];
}
