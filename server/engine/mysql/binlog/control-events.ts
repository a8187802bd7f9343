import type { ByteReader } from '../protocol/byte-reader.ts';

/** Events that speak of files rather than of rows. */

export interface RotateEvent {
  readonly kind: 'rotate';
  /** The file that goes on, and where in it. */
  readonly file: string;
  readonly position: bigint;
}

export interface StopEvent {
  readonly kind: 'stop';
}

/** Files before `file` are not needed for the recovery of a crashed server. */
export interface BinlogCheckpointEvent {
  readonly kind: 'binlogCheckpoint';
  readonly file: string;
}

/** What follows in this file is encrypted at rest; a stream from the server never is. */
export interface StartEncryptionEvent {
  readonly kind: 'startEncryption';
  readonly scheme: number;
  readonly keyVersion: number;
}

/** The server lost events or could not write them: the log has a gap here. */
export interface IncidentEvent {
  readonly kind: 'incident';
  readonly incident: number;
  readonly message: string;
}

export function decodeRotate(body: ByteReader): RotateEvent {
  const position = body.u64();
  return { kind: 'rotate', file: body.rest().toString('utf8'), position };
}

export function decodeStop(body: ByteReader): StopEvent {
  body.end();
  return { kind: 'stop' };
}

export function decodeBinlogCheckpoint(body: ByteReader): BinlogCheckpointEvent {
  const file = body.view(body.u32()).toString('utf8');
  body.end();
  return { kind: 'binlogCheckpoint', file };
}

const nonceBytes = 12;

export function decodeStartEncryption(body: ByteReader): StartEncryptionEvent {
  const scheme = body.u8();
  const keyVersion = body.u32();
  body.view(nonceBytes);
  body.end();
  return { kind: 'startEncryption', scheme, keyVersion };
}

export function decodeIncident(body: ByteReader): IncidentEvent {
  const incident = body.u16();
  const message = body.left > 0 ? body.view(body.u8()).toString('utf8') : '';
  body.end();
  return { kind: 'incident', incident, message };
}
