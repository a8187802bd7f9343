import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';
import type { Config } from './environment.ts';

/**
 * What the secret key opens, each use with a key of its own. Losing the secret key loses stored credentials and sessions,
 * never a backup: backups are not sealed with it.
 */
export interface Keyring {
  /** Says which secret key sealed something, and nothing about it. */
  readonly keyId: string;
  readonly sealingKey: Buffer;
  /** For better-auth: signs session cookies. */
  readonly authSecret: string;
}

/** The key given in the environment, or the one of the data folder, made there (0600) when there is none yet. */
export function openKeyring(config: Pick<Config, 'secretKey' | 'dataFolder'>): Keyring {
  return keyringOf(Buffer.from(config.secretKey ?? keyFile(config.dataFolder), 'base64url'));
}

export function keyringOf(secret: Buffer): Keyring {
  const derive = (purpose: string, bytes: number) => Buffer.from(hkdfSync('sha256', secret, '', purpose, bytes));
  return {
    keyId: createHash('sha256').update(derive('tidemark key id', 32)).digest('hex').slice(0, 8),
    sealingKey: derive('tidemark seal', 32),
    authSecret: derive('tidemark sessions', 32).toString('base64url'),
  };
}

function keyFile(dataFolder: string): string {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const file = join(dataFolder, 'secret.key');
  if (!existsSync(file)) {
    // Whole or absent, and the first of several starters wins: a second key would close what the first sealed.
    const scratch = `${file}.${process.pid}`;
    writeFileSync(scratch, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true });
    try {
      linkSync(scratch, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(scratch, { force: true });
    }
  }
  const text = readFileSync(file, 'utf8').trim();
  if (Buffer.from(text, 'base64url').length < 32) {
    throw new TidemarkError('config/invalid', `${file} does not hold a secret key of 32 bytes`, {
      hint: 'Put back the file as it was, or set TIDEMARK_SECRET_KEY.',
    });
  }
  return text;
}
