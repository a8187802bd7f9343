import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findLostPaths } from './doc-paths.ts';

it('a page that names a path or a link which does not exist is found', () => {
  const root = mkdtempSync(join(tmpdir(), 'tidemark-pages-'));
  mkdirSync(join(root, 'server/base'), { recursive: true });
  mkdirSync(join(root, 'docs'));
  writeFileSync(join(root, 'server/base/error.ts'), '');
  const there =
    '`server/base/error.ts` `server/base/error.ts:12` `server/base/` `server/base/<code>.ts` [x](../server/base/error.ts#l)';
  const elsewhere = '`repo.json` `/etc/server/x` `serverless/x` [x](https://example.com/a) `npm run check`';
  writeFileSync(join(root, 'docs/good.md'), `${there}\n${elsewhere}\n\`\`\`\n\`server/none.ts\`\n\`\`\`\n`);
  writeFileSync(join(root, 'bad.md'), 'see `server/base/lost.ts`, `server/gone/<code>.ts` and [there](docs/lost.md)');
  expect(findLostPaths(root)).toEqual([
    { page: 'bad.md', path: 'server/base/lost.ts' },
    { page: 'bad.md', path: 'server/gone/' },
    { page: 'bad.md', path: 'docs/lost.md' },
  ]);
  rmSync(root, { recursive: true });
});
