import { readFileSync, rmSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Actor, Context } from '#server/audit/context.ts';
import { listAudit } from '#server/audit/list.ts';
import { systemClock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import { keyringOf } from '#server/config/keyring.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { type Auth, createAuth, handleAuth } from './auth.ts';
import { createPerson } from './create-person.ts';
import { ensureFirstAdmin } from './first-admin.ts';
import { ensureLocalToken, localTokenFile } from './local-token.ts';
import { listPeople } from './people.ts';
import { removePerson } from './remove-person.ts';
import { changeOwnPassword, resetPassword } from './reset-password.ts';
import { setRole } from './set-role.ts';
import { createToken, revokeToken, tokenHash } from './tokens.ts';
import { whoIs } from './who-is.ts';

let database: TestDatabase;
let auth: Auth;
let admin: Context;
let adminPassword: string;
beforeAll(async () => {
  database = await startTestDatabase();
  auth = createAuth({ db: database.db, keyring: keyringOf(Buffer.alloc(32, 3)) });
  const rows = { db: database.db, clock: systemClock };
  const made = await Promise.all([ensureFirstAdmin(rows), ensureFirstAdmin(rows), ensureFirstAdmin(rows)]);
  expect(made.filter((first) => first !== null)).toHaveLength(1);
  expect(await ensureFirstAdmin(rows)).toBeNull();
  adminPassword = made.find((first) => first !== null)!.password;
  admin = await asPerson('admin');
});
afterAll(() => database?.close());

async function asPerson(username: string): Promise<Context> {
  const row = await database.db.user.findUniqueOrThrow({ where: { username } });
  const actor: Actor = { kind: 'person', id: row.id, name: username, role: row.role as Actor['role'] };
  return { db: database.db, clock: systemClock, actor };
}

const code = (error: unknown) => (error as TidemarkError).code;
const origin = 'http://127.0.0.1:3000';
const send = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  handleAuth(
    auth,
    new Request(`${origin}/api/auth${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'content-type': 'application/json', origin, host: '127.0.0.1:3000', ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    }),
  );
const signIn = (username: string, password: string) => send('/sign-in/username', { username, password });
const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
const caller = (headers: Record<string, string>) =>
  whoIs({ db: database.db, clock: systemClock, auth }, new Headers(headers));

describe('signing in', () => {
  test('needs the right password, and gives a session that says who it is', async () => {
    expect((await signIn('admin', 'not the password')).status).toBe(401);
    const response = await signIn('admin', adminPassword);
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()[0]).toMatch(/HttpOnly/i);
    expect(await caller({ cookie: cookieOf(response) })).toMatchObject({
      actor: { kind: 'person', name: 'admin', role: 'admin' },
      mustChangePassword: true,
    });
    expect(await caller({ cookie: cookieOf(response).replace(/.(?=;|$)/, 'x') })).toBeNull();
    expect(await caller({})).toBeNull();
  });

  test('is in the audit log, with who came in; a wrong password is not a sign-in', async () => {
    const signIns = async () =>
      (await listAudit(admin, { subject: 'admin' })).rows.filter(({ action }) => action === 'person.sign-in');
    const before = (await signIns()).length;
    await signIn('admin', 'not the password');
    expect(await signIns()).toHaveLength(before);
    await signIn('admin', adminPassword);
    expect(await signIns()).toHaveLength(before + 1);
    expect((await signIns())[0]).toMatchObject({ actor: 'admin', subject: 'admin' });
  });

  test('is refused from a page of another host', async () => {
    const body = { username: 'admin', password: adminPassword };
    expect((await send('/sign-in/username', body, { origin: 'http://evil.example', cookie: 'a=b' })).status).toBe(403);
  });

  test('ends with signing out', async () => {
    const cookie = cookieOf(await signIn('admin', adminPassword));
    expect((await send('/sign-out', {}, { cookie })).status).toBe(200);
    expect(await caller({ cookie })).toBeNull();
  });
});

test.each([
  '/sign-up/email',
  '/sign-in/email',
  '/change-password',
  '/update-user',
  '/delete-user',
  '/list-sessions',
  '/request-password-reset',
  '/is-username-available',
  '/ok',
  '/sign-in/username/../../sign-up/email',
])('of better-auth %s cannot be reached', async (path) => {
  expect((await send(path, {})).status).toBe(404);
  expect((await send(path)).status).toBe(404);
});

describe('people', () => {
  test('are made by an admin with a password shown once, and every change has its audit row', async () => {
    const { userId, password } = await createPerson(admin, { username: 'Vera', name: 'Vera V', role: 'viewer' });
    expect((await signIn('vera', password)).status).toBe(200);
    await setRole(admin, { userId, role: 'operator' });
    const again = await resetPassword(admin, { userId });
    expect((await signIn('vera', password)).status).toBe(401);
    expect((await signIn('vera', again.password)).status).toBe(200);
    await expect(createPerson(admin, { username: 'vera', name: 'V', role: 'viewer' }).catch(code)).resolves.toBe(
      'conflict/name-taken',
    );
    await removePerson(admin, { userId });
    expect((await signIn('vera', again.password)).status).toBe(401);
    const { rows } = await listAudit(admin, { subject: 'vera' });
    const changes = rows.filter(({ action }) => action !== 'person.sign-in');
    expect(changes.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'admin person.remove',
      'admin person.reset-password',
      'admin person.set-role',
      'admin person.create',
    ]);
    expect(JSON.stringify(rows)).not.toContain(password);
  });

  test('always hold an admin, also when two are demoted at the same moment', async () => {
    await expect(setRole(admin, { userId: admin.actor.id!, role: 'viewer' }).catch(code)).resolves.toBe(
      'auth/last-admin',
    );
    await expect(removePerson(admin, { userId: admin.actor.id! }).catch(code)).resolves.toBe('auth/last-admin');
    const { userId } = await createPerson(admin, { username: 'second', name: 'S', role: 'admin' });
    const both = [userId, admin.actor.id!].map((id) => setRole(admin, { userId: id, role: 'viewer' }).catch(code));
    expect((await Promise.all(both)).filter((answer) => answer === 'auth/last-admin')).toHaveLength(1);
    const admins = (await listPeople(admin)).filter(({ role }) => role === 'admin');
    expect(admins).toHaveLength(1);
    await database.db.user.updateMany({ where: { username: 'admin' }, data: { role: 'admin' } });
    await removePerson(admin, { userId });
  });

  test('change their own password with the present one, which ends their other sessions', async () => {
    const { password } = await createPerson(admin, { username: 'olga', name: 'O', role: 'operator' });
    const olga = await asPerson('olga');
    const [here, there] = [cookieOf(await signIn('olga', password)), cookieOf(await signIn('olga', password))];
    const keepSession = (await caller({ cookie: here }))!.session!;
    const next = 'a much better one';
    await expect(changeOwnPassword(olga, { current: 'wrong', next }).catch(code)).resolves.toBe('auth/forbidden');
    await expect(changeOwnPassword(olga, { current: password, next: 'short' }).catch(code)).resolves.toBe(
      'input/invalid',
    );
    await expect(changeOwnPassword(olga, { current: password, next: password }).catch(code)).resolves.toBe(
      'input/invalid',
    );
    await changeOwnPassword(olga, { current: password, next, keepSession });
    expect(await caller({ cookie: here })).toMatchObject({ mustChangePassword: false });
    expect(await caller({ cookie: there })).toBeNull();
    expect((await signIn('olga', next)).status).toBe(200);
  });
});

describe('a token', () => {
  test('allows what both it and its person may, until it expires or is revoked', async () => {
    const { userId } = await createPerson(admin, { username: 'tom', name: 'T', role: 'operator' });
    const tom = await asPerson('tom');
    await expect(createToken(tom, { name: 'ci', role: 'admin' }).catch(code)).resolves.toBe('auth/forbidden');
    const { id, token } = await createToken(tom, { name: 'ci', role: 'operator' });
    const bearer = { authorization: `Bearer ${token}` };
    expect(await caller(bearer)).toMatchObject({ actor: { kind: 'token', name: 'tom (ci)', role: 'operator' } });
    await setRole(admin, { userId, role: 'viewer' });
    expect(await caller(bearer)).toMatchObject({ actor: { role: 'viewer' } });
    await database.db.apiToken.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1) } });
    expect(await caller(bearer)).toBeNull();
    const second = await createToken(tom, { name: 'x', role: 'viewer' });
    await revokeToken(tom, { tokenId: second.id });
    expect(await caller({ authorization: `Bearer ${second.token}` })).toBeNull();
    const kept = await database.db.apiToken.findUniqueOrThrow({ where: { id } });
    expect(kept.hash).toBe(tokenHash(token));
    expect(JSON.stringify(kept)).not.toContain(token);
  });

  test('does not outlive a reset of its person’s password', async () => {
    const { userId } = await createPerson(admin, { username: 'thea', name: 'T', role: 'operator' });
    const { token } = await createToken(await asPerson('thea'), { name: 'ci', role: 'operator' });
    const bearer = { authorization: `Bearer ${token}` };
    expect(await caller(bearer)).not.toBeNull();
    await resetPassword(admin, { userId });
    expect(await caller(bearer)).toBeNull();
  });

  test('of the own machine lies in the data folder for its owner only, and stays over a restart', async () => {
    const rows = { db: database.db, clock: systemClock };
    await ensureLocalToken(rows, database.dataFolder);
    const file = localTokenFile(database.dataFolder);
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await ensureLocalToken(rows, database.dataFolder);
    expect(readFileSync(file, 'utf8').trim()).toBe(token);
    expect(await caller({ authorization: `Bearer ${token}` })).toMatchObject({ actor: { role: 'admin', id: null } });
    rmSync(file);
  });
});
