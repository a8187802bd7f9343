/**
 * `next start`, for the launcher: the same program and arguments, and it ends when the launcher does, however that ends
 * (the IPC channel closes).
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches us too; the launcher decides when we end.
process.on('SIGINT', () => {});

const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
process.argv = [process.execPath, next, 'start', ...process.argv.slice(2)];
await import(pathToFileURL(next).href);
