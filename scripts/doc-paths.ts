/**
 * Finds what our pages name and the repository does not have: paths in backticks that begin with one of its folders,
 * and relative links. A path with a placeholder (`<code>`, `*`, `…`) is checked up to it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const skipped = new Set(['node_modules', 'data', 'generated', 'test-results', 'playwright-report']);

export interface LostPath {
  page: string;
  path: string;
}

/** Every lost path under `root`, by page. */
export function findLostPaths(root: string): LostPath[] {
  const folders = readdirSync(root, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !hidden(entry.name),
  );
  const names = new Set(folders.map(({ name }) => name));
  return pagesBelow(root).flatMap((page) => {
    const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```/gm, '');
    return [...namedPaths(text, names).map((path) => ({ path, at: join(root, path) })), ...links(text, page)]
      .filter(({ at }) => !existsSync(at))
      .map(({ path }) => ({ page: relative(root, page), path }));
  });
}

function namedPaths(text: string, folders: ReadonlySet<string>): string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, span]) => span!.replace(/[<*…{].*$/, '').replace(/:\d+$/, ''))
    .filter((path) => path.includes('/') && folders.has(path.split('/')[0]!));
}

function links(text: string, page: string): { path: string; at: string }[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!.replace(/#.*$/, ''))
    .filter((path) => path !== '' && !/^[a-z]+:/.test(path))
    .map((path) => ({ path, at: join(dirname(page), path) }));
}

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hidden(entry.name) ? [] : pagesBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const hidden = (name: string) => name.startsWith('.') || skipped.has(name);

if (import.meta.main) {
  const lost = findLostPaths(join(import.meta.dirname, '..'));
  for (const { page, path } of lost) process.stdout.write(`${page} names ${path}, which does not exist\n`);
  process.exitCode = lost.length === 0 ? 0 : 1;
}
