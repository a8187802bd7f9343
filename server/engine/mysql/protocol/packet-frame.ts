/**
 * A message travels as packets: 3-byte length, 1-byte sequence, payload. A payload of exactly this many bytes means
 * "the message goes on in the next packet", so a message of n·maxPacketPayload bytes ends with an empty packet.
 */
export const maxPacketPayload = 0xffffff;
export const packetHeaderBytes = 4;

/**
 * One message as the pieces to write, in order; `sequence` is that of its first packet. Pieces are views of `message`
 * (nothing large is copied), so it must not change before they are written.
 */
export function framePackets(message: Buffer, sequence = 0): Buffer[] {
  const pieces: Buffer[] = [];
  for (let start = 0, number = sequence; ; number++) {
    const length = Math.min(message.length - start, maxPacketPayload);
    const header = Buffer.allocUnsafe(packetHeaderBytes);
    header.writeUIntLE(length, 0, 3);
    header[3] = number & 0xff;
    pieces.push(header);
    if (length > 0) pieces.push(message.subarray(start, start + length));
    start += length;
    if (length < maxPacketPayload) return pieces;
  }
}
