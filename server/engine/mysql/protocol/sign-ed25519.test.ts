import { createPrivateKey, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { ed25519Proof } from './sign-ed25519.ts';

/** For a password of exactly 32 bytes our scheme is standard Ed25519, which node:crypto can do. */
function standardSignature(seed: Buffer, message: Buffer): Buffer {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  return sign(null, message, createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
}

test.each(['0123456789abcdef0123456789abcdef', 'correct horse battery staple, 32', 'ÄÖÜäöüßéèêëîïôûú'])(
  'the signature with a password of 32 bytes is the standard one: %s',
  (password) => {
    expect(Buffer.byteLength(password)).toBe(32);
    for (const fill of [0, 1, 0xff]) {
      const challenge = Buffer.alloc(32, fill);
      expect(ed25519Proof(password, challenge)).toEqual(standardSignature(Buffer.from(password), challenge));
    }
  },
);
