import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { TidemarkError } from '#server/base/error.ts';
import type { Keyring } from './keyring.ts';

const version = 'v1';

/**
 * AES-256-GCM under the secret key, as text: `v1.<key id>.<nonce>.<sealed bytes and tag>`. `place` (the id of the row and
 * what it is for) is bound in: a sealed text moved to another row does not open there.
 */
export function seal(keyring: Keyring, plain: string, place: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyring.sealingKey, nonce);
  cipher.setAAD(Buffer.from(place, 'utf8'));
  const bytes = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [version, keyring.keyId, nonce.toString('base64url'), bytes.toString('base64url')].join('.');
}

/** Errors: `secret/key-mismatch` when another key sealed it, it was sealed for another place, or it was changed. */
export function open(keyring: Keyring, sealed: string, place: string): string {
  const [foundVersion, keyId, nonce, text] = sealed.split('.');
  if (foundVersion !== version || !keyId || !nonce || !text) throw mismatch('is not something we sealed', place);
  if (keyId !== keyring.keyId) throw mismatch('was sealed with another secret key', place, { keyId });
  const bytes = Buffer.from(text, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyring.sealingKey, Buffer.from(nonce, 'base64url'));
    decipher.setAAD(Buffer.from(place, 'utf8'));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw mismatch('was changed, or sealed for another place', place, {}, cause);
  }
}

function mismatch(problem: string, place: string, context: Record<string, unknown> = {}, cause?: unknown) {
  return new TidemarkError('secret/key-mismatch', `the sealed value of ${place} ${problem}`, { context, cause });
}
