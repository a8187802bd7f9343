import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { errorPages, errorPagesFolder } from './error-pages.ts';

it('docs/errors says what the error table says (else: npm run errors)', () => {
  const names = existsSync(errorPagesFolder) ? readdirSync(errorPagesFolder) : [];
  const written = new Map(names.map((name) => [name, readFileSync(join(errorPagesFolder, name), 'utf8')]));
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(errorPages()));
});
