import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

export interface Connection {
  /** Without a slash at the end. */
  url: string;
  token: string;
}

type Environment = Record<string, string | undefined>;

/** The console writes it there at its start (0600). */
const tokenFile = 'cli-token';

/**
 * Which console, and as whom: TIDEMARK_URL and TIDEMARK_TOKEN, or the token file in the data folder for a console on
 * this machine; that token is sent nowhere else. Errors: `config/invalid`, `auth/required` naming what to set.
 */
export function readConnection(env: Environment): Connection {
  const url = (env.TIDEMARK_URL || 'http://127.0.0.1:3000').replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new TidemarkError('config/invalid', 'TIDEMARK_URL is not the address of a console', {
      hint: 'Set it to something like: http://127.0.0.1:3000',
      context: { variable: 'TIDEMARK_URL' },
    });
  }
  return { url, token: env.TIDEMARK_TOKEN?.trim() || localToken(url, env) };
}

function localToken(url: string, env: Environment): string {
  const file = join(resolve(env.TIDEMARK_DATA || './data'), tokenFile);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)) {
    throw new TidemarkError('auth/required', `no token is set for ${url}`, {
      hint: 'Make a token in the console under Settings and set TIDEMARK_TOKEN to it.',
    });
  }
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new TidemarkError(
      'auth/required',
      `there is no token: TIDEMARK_TOKEN is not set and ${file} cannot be read`,
      {
        hint: "Set TIDEMARK_TOKEN to a token made in the console under Settings, or TIDEMARK_DATA to the console's data folder.",
        cause,
      },
    );
  }
}
