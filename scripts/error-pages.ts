/**
 * `npm run errors`: writes docs/errors from the error table, one page per code and an index, and removes pages of codes
 * that are gone. Run it after changing server/base/error-table.ts; a test fails until the two agree.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, errorTable } from '#server/base/error-table.ts';

export const errorPagesFolder = join(import.meta.dirname, '../docs/errors');

/** File name → text, of everything that belongs into docs/errors. */
export function errorPages(): Map<string, string> {
  const codes = (Object.keys(errorTable) as ErrorCode[]).sort();
  const pages = new Map(codes.map((code) => [fileOf(code), pageOf(code)]));
  return pages.set('README.md', indexOf(codes));
}

const fileOf = (code: ErrorCode) => `${code.replaceAll('/', '-')}.md`;

function pageOf(code: ErrorCode): string {
  const { meaning, fix, retry, status } = errorTable[code];
  const again = retry
    ? 'Yes: the same work may succeed later without anybody changing anything.'
    : 'No: something has to be changed first.';
  return `# ${code}

${meaning}

**What to do.** ${fix}

**May it be tried again as it is?** ${again}

**HTTP status:** ${status}

[All errors](README.md)
`;
}

function indexOf(codes: ErrorCode[]): string {
  const lines = codes.map((code) => `- [${code}](${fileOf(code)}): ${errorTable[code].meaning}`);
  return `# Errors

Every failure has a code, a message (what was being done), a hint (what to do) and a context (the bounds that were
crossed). The pages are written from \`server/base/error-table.ts\` by \`npm run errors\`.

${lines.join('\n')}
`;
}

if (import.meta.main) {
  mkdirSync(errorPagesFolder, { recursive: true });
  const pages = errorPages();
  for (const name of readdirSync(errorPagesFolder)) if (!pages.has(name)) rmSync(join(errorPagesFolder, name));
  for (const [name, text] of pages) writeFileSync(join(errorPagesFolder, name), text);
  process.stdout.write(`${pages.size} pages in docs/errors\n`);
}
