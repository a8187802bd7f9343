/** A group of up to nine digits takes so many bytes. */
export const digitGroupBytes = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
export const digitsPerGroup = 9;

/** Bytes of a stored DECIMAL(precision, scale): groups of nine digits away from the point on both sides. */
export function decimalBytes(precision: number, scale: number): number {
  return sideBytes(precision - scale) + sideBytes(scale);
}

function sideBytes(digits: number): number {
  return Math.floor(digits / digitsPerGroup) * 4 + digitGroupBytes[digits % digitsPerGroup]!;
}
