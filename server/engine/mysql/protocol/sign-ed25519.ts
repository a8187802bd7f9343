import { createHash } from 'node:crypto';

/**
 * MariaDB's client_ed25519: the challenge signed with Ed25519, where the password itself (of any length) stands for
 * the seed. node:crypto takes seeds of 32 bytes only, so the curve is written out here. Not constant-time: it runs
 * once a login, on the executor's machine, where nobody who could time it lacks the password.
 */
const p = 2n ** 255n - 19n;
/** The order of the base point. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The curve's constant, -121665/121666. */
const d = mod(-121665n * inverse(121666n));

/** Extended coordinates: x = X/Z, y = Y/Z, T = XY/Z. */
interface Point {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
  readonly t: bigint;
}

const baseX = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const baseY = 46316835694926478169428394003475163141307993866256225615783033603165251855960n;
const base: Point = { x: baseX, y: baseY, z: 1n, t: mod(baseX * baseY) };
const zero: Point = { x: 0n, y: 1n, z: 1n, t: 0n };

/** The 64-byte signature of `challenge`. */
export function ed25519Proof(password: string, challenge: Buffer): Buffer {
  const secret = createHash('sha512').update(password, 'utf8').digest();
  const scalar = clamped(secret.subarray(0, 32));
  const publicKey = encode(multiply(base, scalar));
  const nonce = littleEndian(sha512(secret.subarray(32), challenge)) % order;
  const commitment = encode(multiply(base, nonce));
  const hash = littleEndian(sha512(commitment, publicKey, challenge)) % order;
  return Buffer.concat([commitment, bytesOf((nonce + hash * scalar) % order)]);
}

function clamped(bytes: Buffer): bigint {
  const copy = Buffer.from(bytes);
  copy[0]! &= 0xf8;
  copy[31]! &= 0x7f;
  copy[31]! |= 0x40;
  return littleEndian(copy);
}

function multiply(point: Point, scalar: bigint): Point {
  let sum = zero;
  let power = point;
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum;
}

/** The complete addition law (a = -1): the same for doubling and for the neutral point. */
function add(m: Point, n: Point): Point {
  const a = mod((m.y - m.x) * (n.y - n.x));
  const b = mod((m.y + m.x) * (n.y + n.x));
  const c = mod(2n * d * m.t * n.t);
  const dd = mod(2n * m.z * n.z);
  const [e, f, g, h] = [b - a, dd - c, dd + c, b + a];
  return { x: mod(e * f), y: mod(g * h), z: mod(f * g), t: mod(e * h) };
}

/** y in 32 bytes, little-endian, with the lowest bit of x on top. */
function encode(point: Point): Buffer {
  const scale = inverse(point.z);
  return bytesOf(mod(point.y * scale) | ((mod(point.x * scale) & 1n) << 255n));
}

function inverse(value: bigint): bigint {
  let result = 1n;
  let power = mod(value);
  for (let rest = p - 2n; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * power);
    power = mod(power * power);
  }
  return result;
}

function mod(value: bigint): bigint {
  const rest = value % p;
  return rest < 0n ? rest + p : rest;
}

function sha512(...parts: Buffer[]): Buffer {
  return createHash('sha512').update(Buffer.concat(parts)).digest();
}

function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}
