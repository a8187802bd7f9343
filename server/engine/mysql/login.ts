import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { Channel } from './channel.ts';
import { AuthExchange } from './protocol/auth-exchange.ts';
import { agreeCapabilities, type Capabilities, capability } from './protocol/capability.ts';
import { decodeHandshake, encodeHandshakeResponse, encodeSslRequest, type Handshake } from './protocol/handshake.ts';
import { okHeader } from './protocol/reply.ts';
import { type ReplyReader, refuse } from './protocol/result.ts';

export interface Session {
  readonly handshake: Handshake;
  readonly agreed: Capabilities;
}

/** From the server's greeting to its OK: TLS when asked for, then the proof of who we are. */
export async function logIn(channel: Channel, localData = false): Promise<Session> {
  const { access } = channel;
  const handshake = await channel.call(undefined, readGreeting());
  const wantsTls = access.tls.mode !== 'disable';
  const agreed = agreeCapabilities(handshake.capabilities, wantsTls, localData);
  if (wantsTls) {
    if ((handshake.capabilities.basic & capability.ssl) === 0) throw noTls(access);
    channel.answer(encodeSslRequest(agreed));
    await channel.secure(tlsOptions(access));
  }
  const confidential = wantsTls || access.socketPath !== undefined;
  const auth = new AuthExchange(handshake, { password: access.password, confidential });
  const first = encodeHandshakeResponse(agreed, { user: access.user, authPlugin: auth.plugin, proof: auth.first() });
  // The SSL request took sequence 1 when there was one.
  await channel.call(first, readVerdict(channel, auth), { sequence: wantsTls ? 2 : 1 });
  return { handshake, agreed };
}

function* readGreeting(): ReplyReader<Handshake> {
  return decodeHandshake(refuse(yield));
}

/** The whole dialogue as one reply: the server may say two things in one breath. */
function* readVerdict(channel: Channel, auth: AuthExchange): ReplyReader<void> {
  for (;;) {
    const message = refuse(yield);
    if (message[0] === okHeader) return;
    const answer = auth.answer(message);
    if (answer) channel.answer(answer);
  }
}

function tlsOptions(access: MysqlAccess): ConnectionOptions {
  const { mode, ca, cert, key, serverName } = access.tls;
  const name = serverName ?? access.host;
  return {
    ca,
    cert,
    key,
    minVersion: 'TLSv1.2',
    servername: isIP(name) === 0 ? name : '',
    rejectUnauthorized: mode === 'verify-ca' || mode === 'verify-full',
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(name, certificate) : undefined,
  };
}

function noTls(access: MysqlAccess): TidemarkError {
  return new TidemarkError('node/tls', `node ${access.node} offers no encrypted connection`, {
    hint: 'Set up TLS on the server, or choose TLS mode "disable" for this node.',
    context: { node: access.node, mode: access.tls.mode },
  });
}
