import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileRowDigest, rowDigestWasm } from './row-digest.ts';

it('row-digest.wasm is what its source compiles to (else: npm run digest)', { timeout: 60_000 }, async () => {
  expect((await compileRowDigest()).equals(readFileSync(rowDigestWasm))).toBe(true);
});
