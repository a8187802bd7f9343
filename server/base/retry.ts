/** Full-jitter exponential backoff: the n-th wait lies in [0, min(capMs, baseMs·2ⁿ)] plus `baseMs`. */
export function backoffMs(attempt: number, baseMs: number, capMs: number, random: () => number = Math.random): number {
  return baseMs + random() * Math.min(capMs, baseMs * 2 ** attempt);
}
