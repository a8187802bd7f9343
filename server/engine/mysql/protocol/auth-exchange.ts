import { TidemarkError } from '#server/base/error.ts';
import { decodeAuthSwitch, type Handshake } from './handshake.ts';
import { protocolError } from './protocol-error.ts';
import { cachingSha2Proof, cachingSha2Sealed, nativePasswordProof } from './scramble.ts';
import { ed25519Proof } from './sign-ed25519.ts';

/**
 * Bytes of challenge each plugin signs. Cut by length, never at a zero byte: ed25519's may end in one, and the other
 * two send a closing zero that is not part of theirs.
 */
const challengeBytes: Readonly<Record<string, number>> = {
  mysql_native_password: 20,
  caching_sha2_password: 20,
  client_ed25519: 32,
};
const fastAuthSucceeded = 3;
const fullAuthNeeded = 4;
const publicKeyRequest = Buffer.from([2]);

export interface AuthLogin {
  readonly password: string;
  /** Nobody can listen: TLS, or a Unix socket. Only then may a password travel as it is. */
  readonly confidential: boolean;
}

/**
 * Proving who we are, as a dialogue without a socket: `first()` goes into the handshake response, then every message
 * that is neither OK nor ERR goes to `answer()`, which says what to send next, or undefined when there is nothing to say.
 * Plugins: mysql_native_password, caching_sha2_password, client_ed25519. A plugin that wants the password in clear
 * is refused: an impostor would ask for just that.
 */
export class AuthExchange {
  plugin: string;
  private challenge: Buffer;
  private readonly login: AuthLogin;
  private awaitsKey = false;

  constructor(handshake: Handshake, login: AuthLogin) {
    this.login = login;
    const caching = handshake.authPlugin === 'caching_sha2_password';
    this.plugin = caching ? 'caching_sha2_password' : 'mysql_native_password';
    this.challenge = cut(this.plugin, handshake.challenge);
  }

  first(): Buffer {
    return this.proof();
  }

  answer(payload: Buffer): Buffer | undefined {
    if (payload[0] === 0xfe) return this.switched(payload);
    if (payload[0] === 0x01 && this.plugin === 'caching_sha2_password') return this.cachingSha2(payload.subarray(1));
    throw protocolError(`login: unexpected message 0x${payload[0]?.toString(16)} from ${this.plugin}`);
  }

  private switched(payload: Buffer): Buffer {
    if (payload.length === 1) throw unsupported('mysql_old_password');
    const { plugin, challenge } = decodeAuthSwitch(payload);
    if (challengeBytes[plugin] === undefined) throw unsupported(plugin);
    this.plugin = plugin;
    this.challenge = cut(plugin, challenge);
    this.awaitsKey = false;
    return this.proof();
  }

  private cachingSha2(data: Buffer): Buffer | undefined {
    if (this.awaitsKey) {
      this.awaitsKey = false;
      return cachingSha2Sealed(this.login.password, this.challenge, data);
    }
    if (data.length === 1 && data[0] === fastAuthSucceeded) return undefined;
    if (data.length !== 1 || data[0] !== fullAuthNeeded) {
      throw protocolError('login: unexpected message from caching_sha2_password');
    }
    if (this.login.confidential) return Buffer.from(`${this.login.password}\0`, 'utf8');
    this.awaitsKey = true;
    return publicKeyRequest;
  }

  private proof(): Buffer {
    if (this.plugin === 'client_ed25519') return ed25519Proof(this.login.password, this.challenge);
    if (this.plugin === 'caching_sha2_password') return cachingSha2Proof(this.login.password, this.challenge);
    return nativePasswordProof(this.login.password, this.challenge);
  }
}

function cut(plugin: string, challenge: Buffer): Buffer {
  const wanted = challengeBytes[plugin]!;
  if (challenge.length < wanted) throw protocolError(`login: the challenge of ${plugin} is too short`);
  return challenge.subarray(0, wanted);
}

function unsupported(plugin: string): TidemarkError {
  return new TidemarkError('node/unsupported', `the server wants authentication plugin ${plugin}`, {
    hint: 'Give the user mysql_native_password, caching_sha2_password or ed25519.',
    context: { plugin },
  });
}
