import type { Caller } from '#server/auth/who-is.ts';
import type { Clock } from '#server/base/clock.ts';
import type { Logger } from '#server/base/log.ts';
import type { Keyring } from '#server/config/keyring.ts';
import type { Database } from '#server/db/client.ts';
import type { Listener } from '#server/db/listen.ts';
import type { Nudge } from '#server/db/nudge.ts';

export interface Services {
  readonly db: Database;
  readonly keyring: Keyring;
  readonly listener: Listener;
  readonly nudge: Nudge;
  readonly log: Logger;
  readonly clock: Clock;
}

/** One request: who sends it, and what verbs need. `caller` is null for nobody. */
export interface RequestContext extends Services {
  readonly caller: Caller | null;
  /** A token was sent, whether it opened anything or not. */
  readonly sentToken: boolean;
}
