/** A Buffer reaches another thread as a plain Uint8Array: here it is one again. Anything else as it is. */
export function bufferOf(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
