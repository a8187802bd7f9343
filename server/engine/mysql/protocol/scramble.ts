import { constants, createHash, publicEncrypt } from 'node:crypto';

/** SHA1(password) xor SHA1(challenge + SHA1(SHA1(password))); an empty password proves itself with nothing. */
export function nativePasswordProof(password: string, challenge: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const once = digest('sha1', Buffer.from(password, 'utf8'));
  const twice = digest('sha1', once);
  return xor(once, digest('sha1', challenge, twice));
}

/** SHA256(password) xor SHA256(SHA256(SHA256(password)) + challenge): the fast path of caching_sha2_password. */
export function cachingSha2Proof(password: string, challenge: Buffer): Buffer {
  if (password === '') return Buffer.alloc(0);
  const once = digest('sha256', Buffer.from(password, 'utf8'));
  const twice = digest('sha256', once);
  return xor(once, digest('sha256', twice, challenge));
}

/**
 * The full path of caching_sha2_password without TLS: the password, xored with the challenge, under the server's RSA
 * key (PEM). Safe against listeners, not against somebody in between: that is what TLS is for.
 */
export function cachingSha2Sealed(password: string, challenge: Buffer, publicKey: Buffer): Buffer {
  const padded = Buffer.from(`${password}\0`, 'utf8');
  for (let i = 0; i < padded.length; i++) padded[i]! ^= challenge[i % challenge.length]!;
  return publicEncrypt({ key: publicKey.toString('latin1'), padding: constants.RSA_PKCS1_OAEP_PADDING }, padded);
}

function digest(algorithm: 'sha1' | 'sha256', ...parts: Buffer[]): Buffer {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ b[i]!));
}
