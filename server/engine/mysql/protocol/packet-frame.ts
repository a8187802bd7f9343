/**
 * A message travels as packets: 3-byte length, 1-byte sequence, payload. A payload of exactly this many bytes means
 * "the message goes on in the next packet", so a message of n·maxPacketPayload bytes ends with an empty packet.
 */
export const maxPacketPayload = 0xffffff;
export const packetHeaderBytes = 4;

/** One message, or its parts in order: what is large is not copied to be put together. */
export type Message = Buffer | readonly Buffer[];

export function bytesOf(message: Message): number {
  return Buffer.isBuffer(message) ? message.length : message.reduce((sum, part) => sum + part.length, 0);
}

/**
 * One message as the pieces to write, in order; `sequence` is that of its first packet. Pieces are views of `message`
 * (nothing large is copied), so it must not change before they are written.
 */
export function framePackets(message: Message, sequence = 0): Buffer[] {
  const parts = Buffer.isBuffer(message) ? [message] : [...message];
  let left = bytesOf(message);
  const pieces: Buffer[] = [];
  for (let number = sequence; ; number++) {
    const length = Math.min(left, maxPacketPayload);
    const header = Buffer.allocUnsafe(packetHeaderBytes);
    header.writeUIntLE(length, 0, 3);
    header[3] = number & 0xff;
    pieces.push(header, ...takeFirst(parts, length));
    left -= length;
    if (length < maxPacketPayload) return pieces;
  }
}

/** The first `bytes` of the parts, which lose them. */
function* takeFirst(parts: Buffer[], bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; ) {
    const part = parts.shift()!;
    if (part.length > left) parts.unshift(part.subarray(left));
    if (part.length > 0) yield part.subarray(0, left);
    left -= Math.min(left, part.length);
  }
}
