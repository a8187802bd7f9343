import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuth } from '#server/auth/auth.ts';
import { systemClock } from '#server/base/clock.ts';
import { silentLogger } from '#server/base/log.ts';
import { keyringOf } from '#server/config/keyring.ts';
import { atLeast, type Role, roles } from '#server/contract/role.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { answerTrpc } from './answer.ts';
import { appRouter, createCaller } from './app-router.ts';
import type { RequestContext } from './context.ts';

/** Every procedure and the least role that may call it. A new procedure fails this test until it is placed here. */
const placed: Record<Role, string[]> = {
  viewer: [
    'archive.status',
    'backup.list',
    'backup.show',
    'backup.tables',
    'changes.list',
    'cluster.list',
    'cluster.show',
    'destination.list',
    'destination.show',
    'job.counts',
    'job.events',
    'job.list',
    'job.live',
    'job.show',
    'job.tables',
    'job.watch',
    'overview.executors',
    'overview.summary',
    'people.changeOwnPassword',
    'people.me',
    'restore.kept',
    'table.count',
    'table.coverage',
    'table.schemas',
    'table.search',
    'table.show',
    'token.create',
    'token.list',
    'token.revoke',
  ],
  operator: [
    'archive.start',
    'archive.stop',
    'backup.run',
    'backup.verify',
    'cluster.refresh',
    'destination.probe',
    'job.cancel',
    'job.clone',
    'job.retry',
    'restore.plan',
    'restore.run',
  ],
  admin: [
    'audit.list',
    'backup.remove',
    'cluster.changeCredentials',
    'cluster.register',
    'cluster.remove',
    'cluster.setReplicas',
    'cluster.testConnection',
    'destination.register',
    'destination.reindex',
    'destination.remove',
    'people.create',
    'people.list',
    'people.remove',
    'people.resetPassword',
    'people.setRole',
    'restore.dropKept',
  ],
};

let database: TestDatabase;
let context: RequestContext;

beforeAll(async () => {
  database = await startTestDatabase();
  const keyring = keyringOf(Buffer.alloc(32, 7));
  const { db, listener, nudge } = database;
  context = { db, listener, nudge, keyring, log: silentLogger, clock: systemClock, caller: null, sentToken: false };
});
afterAll(() => database.close());

const procedures = Object.entries(
  (appRouter._def as unknown as { procedures: Record<string, { _def: { meta?: { role: Role } } }> }).procedures,
);

test('every procedure names its role and is placed', () => {
  for (const role of roles) {
    expect(
      procedures
        .filter(([, p]) => p._def.meta?.role === role)
        .map(([path]) => path)
        .sort(),
    ).toEqual(placed[role]);
  }
  expect(procedures.every(([, p]) => p._def.meta)).toBe(true);
});

test.each(procedures.map(([path]) => path))(
  '%s refuses nobody and every lesser role, and nobody else',
  async (path) => {
    const need = roles.find((role) => placed[role].includes(path))!;
    expect(await refusalOf(path, null)).toBe('auth/required');
    for (const role of roles) expect(await refusalOf(path, role)).toBe(atLeast(role, need) ? null : 'auth/forbidden');
  },
);

test('before a one-time password was changed, nothing can be called but what that takes', async () => {
  for (const [path] of procedures) {
    const free = path === 'people.me' || path === 'people.changeOwnPassword';
    expect([path, await refusalOf(path, 'admin', true)]).toEqual([path, free ? null : 'auth/password-change-required']);
  }
});

const refusals = ['auth/required', 'auth/forbidden', 'auth/password-change-required'];

/** The code of the refusal; null when the call got past the door (whatever became of it behind). */
async function refusalOf(path: string, role: Role | null, mustChangePassword = false): Promise<string | null> {
  const caller = role && {
    actor: { kind: 'person' as const, id: 'nobody', name: 'someone', role },
    session: null,
    mustChangePassword,
  };
  const at = path
    .split('.')
    .reduce(
      (node, key) => (node as unknown as Record<string, unknown>)[key]!,
      createCaller({ ...context, caller }) as unknown,
    );
  try {
    await (at as (input: unknown) => Promise<unknown>)(undefined);
    return null;
  } catch (error) {
    const code = error instanceof TRPCError ? (error.cause as { code?: string } | undefined)?.code : undefined;
    // An undefined input is bad for most: that is found behind the door, by zod.
    return code !== undefined && refusals.includes(code) ? code : null;
  }
}

test('a page of another site cannot use a session', async () => {
  const services = { ...context, auth: createAuth(context) };
  const request = (headers: Record<string, string>) =>
    new Request('http://console.test/api/trpc/people.me', {
      method: 'POST',
      body: '{}',
      headers: { host: 'console.test', ...headers },
    });
  const foreign = await answerTrpc(services, request({ cookie: 'session=1', origin: 'http://evil.test' }));
  expect(foreign.status).toBe(403);
  const absent = await answerTrpc(services, request({ cookie: 'session=1' }));
  expect(absent.status).toBe(403);
  const behindPassword = { cookie: 'session=1', origin: 'http://evil.test', authorization: 'Basic dXNlcjpwYXNz' };
  expect((await answerTrpc(services, request(behindPassword))).status).toBe(403);
  const own = await answerTrpc(services, request({ cookie: 'session=1', origin: 'http://console.test' }));
  expect(own.status).not.toBe(403);
});

test('a failure leaves the API with code, message and hint, and without a stack', async () => {
  const services = { ...context, auth: createAuth(context) };
  const response = await answerTrpc(
    services,
    new Request('http://console.test/api/trpc/people.me', { headers: { host: 'console.test' } }),
  );
  expect(response.status).toBe(401);
  const text = await response.text();
  expect(JSON.parse(text).error.json.data.failure).toMatchObject({ code: 'auth/required', hint: expect.any(String) });
  expect(text).not.toMatch(/at .*\.ts/);
});
