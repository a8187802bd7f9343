import type { Clock } from '#server/base/clock.ts';
import type { Role } from '#server/contract/role.ts';
import type { Database } from '#server/db/client.ts';

/** Who does something: a person, the holder of a token, or the product itself. `id` is null for what is nobody's. */
export interface Actor {
  readonly kind: 'person' | 'token' | 'system';
  readonly id: string | null;
  readonly name: string;
  readonly role: Role;
}

export const systemActor: Actor = { kind: 'system', id: null, name: 'system', role: 'admin' };

/** What every verb of the control plane is given. Roles are checked before a verb is called, by the API. */
export interface Context {
  readonly db: Database;
  readonly actor: Actor;
  readonly clock: Clock;
}
