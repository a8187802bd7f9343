const began = performance.now();

/** What the demo says: one line a step, with the time since its start. */
export function report(...lines: readonly string[]): void {
  const seconds = Math.round((performance.now() - began) / 1_000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  for (const [at, line] of lines.entries()) {
    process.stdout.write(at === 0 && line !== '' ? `${time}  ${line}\n` : line === '' ? '\n' : `      ${line}\n`);
  }
}

export const count = (value: number | bigint | string): string => BigInt(value).toLocaleString('en');

export function size(bytes: number | bigint | string): string {
  return `${(Number(bytes) / 1_048_576).toFixed(1)} MiB`;
}

/** Enough of a digest to see with one's own eyes that two are the same; the whole is compared by the program. */
export const shortDigest = (digest: bigint): string => digest.toString(16).padStart(20, '0');
