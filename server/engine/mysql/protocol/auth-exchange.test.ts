import { constants, createHash, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import { expect, test } from 'vitest';
import { AuthExchange } from './auth-exchange.ts';
import { decodeHandshake } from './handshake.ts';
import { ed25519Proof } from './sign-ed25519.ts';
import { authSwitch, handshake } from './test-encoder.ts';

const challenge = Buffer.from('abcdefghijklmnopqrst');
const later = Buffer.from('TSRQPONMLKJIHGFEDCBA');
const hash = (name: string, ...parts: Buffer[]) => createHash(name).update(Buffer.concat(parts)).digest();
const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, i) => byte ^ b[i]!));

function exchange(plugin: string, login: { password: string; confidential?: boolean }): AuthExchange {
  return new AuthExchange(decodeHandshake(handshake({ challenge, plugin })), { confidential: false, ...login });
}

/** As a server checks it: from SHA1(SHA1(password)), which is all it stores. */
function nativeAccepts(proof: Buffer, password: string, sent: Buffer): boolean {
  const stored = hash('sha1', hash('sha1', Buffer.from(password)));
  return hash('sha1', xor(proof, hash('sha1', sent, stored))).equals(stored);
}

function sha2Accepts(proof: Buffer, password: string, sent: Buffer): boolean {
  const stored = hash('sha256', hash('sha256', Buffer.from(password)));
  return hash('sha256', xor(proof, hash('sha256', stored, sent))).equals(stored);
}

test('a server that stores only the double hash accepts the proofs', () => {
  expect(nativeAccepts(exchange('mysql_native_password', { password: 'sécret' }).first(), 'sécret', challenge)).toBe(
    true,
  );
  expect(sha2Accepts(exchange('caching_sha2_password', { password: 'sécret' }).first(), 'sécret', challenge)).toBe(
    true,
  );
});

test('an empty password proves itself with nothing', () => {
  expect(exchange('mysql_native_password', { password: '' }).first()).toHaveLength(0);
  expect(exchange('caching_sha2_password', { password: '' }).first()).toHaveLength(0);
});

test('a switch of plugin is answered for the new challenge, with and without closing zero', () => {
  for (const data of [later, Buffer.concat([later, Buffer.of(0)])]) {
    const auth = exchange('caching_sha2_password', { password: 'pw' });
    auth.first();
    expect(nativeAccepts(auth.answer(authSwitch('mysql_native_password', data))!, 'pw', later)).toBe(true);
  }
});

test('an ed25519 challenge that ends in a zero byte is signed whole', () => {
  const zeroed = Buffer.alloc(32, 7).fill(0, 31);
  const auth = exchange('mysql_native_password', { password: 'pw' });
  expect(auth.answer(authSwitch('client_ed25519', zeroed))).toEqual(ed25519Proof('pw', zeroed));
});

test('caching_sha2_password: nothing is said after the fast path succeeded', () => {
  const auth = exchange('caching_sha2_password', { password: 'pw' });
  auth.first();
  expect(auth.answer(Buffer.of(1, 3))).toBe(undefined);
});

test('caching_sha2_password: the password travels as it is only where nobody can listen', () => {
  const auth = exchange('caching_sha2_password', { password: 'pw', confidential: true });
  auth.first();
  expect(auth.answer(Buffer.of(1, 4))).toEqual(Buffer.from('pw\0'));
});

test('caching_sha2_password: in the open it travels under the server key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const auth = exchange('caching_sha2_password', { password: 'a longer pässword than the challenge' });
  auth.first();
  expect(auth.answer(Buffer.of(1, 4))).toEqual(Buffer.of(2));
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }) as string);
  const sealed = auth.answer(Buffer.concat([Buffer.of(1), pem]))!;
  const opened = privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, sealed);
  const password = Buffer.from(opened.map((byte, i) => byte ^ challenge[i % 20]!));
  expect(password.toString()).toBe('a longer pässword than the challenge\0');
});

test('a server that wants the password in clear does not get it', () => {
  const auth = exchange('mysql_native_password', { password: 'pw', confidential: true });
  const asks = () => auth.answer(authSwitch('mysql_clear_password', Buffer.alloc(0)));
  expect(asks).toThrow(expect.objectContaining({ code: 'node/unsupported' }));
  expect(() => auth.answer(Buffer.of(0xfe))).toThrow(expect.objectContaining({ code: 'node/unsupported' }));
});

test('messages that do not belong to the dialogue are refused', () => {
  const protocol = expect.objectContaining({ code: 'node/protocol' });
  expect(() => exchange('mysql_native_password', { password: 'pw' }).answer(Buffer.of(1, 4))).toThrow(protocol);
  expect(() => exchange('caching_sha2_password', { password: 'pw' }).answer(Buffer.of(1, 9))).toThrow(protocol);
  const short = authSwitch('client_ed25519', Buffer.alloc(8));
  expect(() => exchange('mysql_native_password', { password: 'pw' }).answer(short)).toThrow(protocol);
});
