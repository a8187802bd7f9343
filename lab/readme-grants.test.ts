import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tidemarkPrivileges } from '#lab/users.ts';

test('the grants that README.md tells people to make are those that every test runs with', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const [, listed] = /^GRANT ([^;]*?)\s+ON \*\.\* TO tidemark/m.exec(readme) ?? [];
  expect(listed?.split(/,\s+/).toSorted()).toEqual([...tidemarkPrivileges].toSorted());
});
