/** `10.11.19-MariaDB-…` and `15.14 (Debian …)` → numbers that compare. Undefined when the text begins otherwise. */
export interface Version {
  major: number;
  minor: number;
}

export function parseVersion(text: string): Version | undefined {
  const match = /^(\d+)(?:\.(\d+))?/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2] ?? 0) } : undefined;
}

export function atLeast(version: Version, major: number, minor = 0): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
