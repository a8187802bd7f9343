import { expect, test } from 'vitest';
import { agreeCapabilities, capability, extendedCapability } from './capability.ts';
import { decodeHandshake, encodeHandshakeResponse, encodeSslRequest } from './handshake.ts';
import { handshake } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const challenge = Buffer.from('abcdefghijklmnopqrst');
const withoutMysql = 0xffffffff & ~capability.clientMysql;

test('a MariaDB greeting says its real version and its extended capabilities', () => {
  const greeting = decodeHandshake(
    handshake({
      version: '5.5.5-10.11.6-MariaDB',
      basic: withoutMysql,
      extended: 0xff,
      connectionId: 4_000_000_000,
      challenge,
    }),
  );
  expect(greeting).toMatchObject({ serverVersion: '10.11.6-MariaDB', flavor: 'mariadb', connectionId: 4_000_000_000 });
  expect(greeting.challenge.subarray(0, 20)).toEqual(challenge);
  const agreed = agreeCapabilities(greeting.capabilities, false);
  expect(agreed.extended).toBe(extendedCapability.stmtBulkOperations | extendedCapability.extendedMetadata);
  expect(agreed.basic & capability.clientMysql).toBe(0);
});

test('towards MySQL the reserved bytes stay zero', () => {
  const greeting = decodeHandshake(handshake({ extended: 0xffffffff, challenge }));
  expect(greeting.flavor).toBe('mysql');
  const agreed = agreeCapabilities(greeting.capabilities, false);
  expect(agreed.extended).toBe(0);
  expect(agreed.basic & capability.clientMysql).toBe(capability.clientMysql);
  const response = encodeHandshakeResponse(agreed, { user: 'ü', authPlugin: 'p', proof: Buffer.of(9) });
  expect(response.subarray(8)).toEqual(Buffer.from(`\x2d${'\0'.repeat(23)}ü\0\x01\x09p\0`));
});

test('files of this machine and several statements at once are never offered', () => {
  const agreed = agreeCapabilities({ basic: 0xffffffff, extended: 0 }, true);
  expect(agreed.basic & 0x80).toBe(0);
  expect(agreed.basic & 0x10000).toBe(0);
  expect(agreed.basic & capability.ssl).toBe(capability.ssl);
  expect(encodeSslRequest(agreed)).toHaveLength(32);
});

test('a greeting cut anywhere is refused', () => {
  const whole = handshake({ challenge });
  for (let length = 0; length < whole.length; length++) {
    expect(() => decodeHandshake(whole.subarray(0, length)), `${length} bytes`).toThrow(protocol);
  }
  expect(() => decodeHandshake(Buffer.concat([whole, Buffer.of(1)]))).toThrow(protocol);
});

test('servers before 4.1 and other protocols are refused', () => {
  expect(() => decodeHandshake(handshake({ basic: 0xffffffff & ~capability.protocol41, challenge }))).toThrow(protocol);
  expect(() => decodeHandshake(Buffer.from('SSH-2.0-OpenSSH'))).toThrow(protocol);
});
