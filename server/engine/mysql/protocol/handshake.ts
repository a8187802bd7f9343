import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Capabilities, capability } from './capability.ts';
import { protocolError } from './protocol-error.ts';

/** utf8mb4_general_ci: the one utf8mb4 collation that every MySQL 8 and MariaDB knows by the same number. */
const sessionCollation = 45;
/** What the server may send us in one packet of one message; larger messages are continued. */
const maxPacketBytes = 0x40000000;

export interface Handshake {
  readonly serverVersion: string;
  readonly flavor: 'mariadb' | 'mysql';
  readonly connectionId: number;
  readonly capabilities: Capabilities;
  readonly authPlugin: string;
  /** As sent: a plugin takes the bytes it needs, a closing zero byte may follow them. */
  readonly challenge: Buffer;
}

/** The server's first message (protocol version 10). */
export function decodeHandshake(payload: Buffer): Handshake {
  const reader = new ByteReader(payload, 'handshake');
  const protocol = reader.u8();
  if (protocol !== 10) throw protocolError(`handshake: protocol version ${protocol} is not 10`);
  const version = reader.zeroText();
  const connectionId = reader.u32();
  const challengeHead = reader.view(8);
  reader.u8();
  const low = reader.u16();
  reader.u8(); // default collation
  reader.u16(); // status
  const basic = (low | (reader.u16() << 16)) >>> 0;
  const challengeLength = reader.u8();
  reader.view(6);
  const extended = reader.u32();
  requireBits(basic);
  const tail = reader.view(Math.max(13, challengeLength - 8));
  const authPlugin = reader.zeroText();
  reader.end();
  const isMariadb = (basic & capability.clientMysql) === 0 || version.includes('MariaDB');
  return {
    serverVersion: version.replace(/^5\.5\.5-/, ''),
    flavor: isMariadb ? 'mariadb' : 'mysql',
    connectionId,
    capabilities: { basic, extended: (basic & capability.clientMysql) === 0 ? extended : 0 },
    authPlugin,
    challenge: Buffer.concat([challengeHead, tail]),
  };
}

/** Asks to go on over TLS; the handshake response follows inside it. */
export function encodeSslRequest(agreed: Capabilities): Buffer {
  return responseHead(agreed).done();
}

/** Who we are. `proof` is the answer of `authPlugin` to the server's challenge (at most 250 bytes). */
export function encodeHandshakeResponse(
  agreed: Capabilities,
  login: { user: string; authPlugin: string; proof: Buffer },
): Buffer {
  return responseHead(agreed)
    .zeroText(login.user)
    .u8(login.proof.length)
    .raw(login.proof)
    .zeroText(login.authPlugin)
    .done();
}

function responseHead(agreed: Capabilities): ByteWriter {
  const basic = agreed.basic >>> 0;
  return new ByteWriter().u32(basic).u32(maxPacketBytes).u8(sessionCollation).zeros(19).u32(agreed.extended);
}

export interface AuthSwitch {
  readonly plugin: string;
  readonly challenge: Buffer;
}

/** "Prove it with another plugin": header 0xfe, plugin name, challenge. */
export function decodeAuthSwitch(payload: Buffer): AuthSwitch {
  const reader = new ByteReader(payload, 'auth switch request');
  reader.u8();
  const plugin = reader.zeroText();
  return { plugin, challenge: Buffer.from(reader.rest()) };
}

function requireBits(basic: number): void {
  for (const bit of ['protocol41', 'secureConnection', 'pluginAuth'] as const) {
    if ((basic & capability[bit]) === 0) throw protocolError(`handshake: the server lacks ${bit}`);
  }
}
