/**
 * `npm run digest`: compiles server/engine/mysql/digest/row-digest.as (AssemblyScript) into the WebAssembly that lies
 * beside it. Run it after changing the source; a test fails until the two agree.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import compiler from 'assemblyscript/asc';

const folder = join(import.meta.dirname, '../server/engine/mysql/digest');
export const rowDigestWasm = join(folder, 'row-digest.wasm');

/** Memory in pages of 64 KiB, of which the window is nearly all: past that larger calls gain nothing. */
const pages = '5';

/** Errors: what the compiler says of the source. */
export async function compileRowDigest(): Promise<Buffer> {
  const source = readFileSync(join(folder, 'row-digest.as'), 'utf8');
  const said = compiler.createMemoryStream();
  let wasm: Uint8Array | undefined;
  const { error } = await compiler.main(
    [
      ...['row-digest.ts', '--outFile', 'row-digest.wasm', '-O3', '--noAssert', '--runtime', 'stub'],
      ...['--enable', 'simd', '--initialMemory', pages, '--maximumMemory', pages],
    ],
    {
      stderr: said,
      readFile: (name) => (name === 'row-digest.ts' ? source : null),
      writeFile: (_, contents) => {
        wasm = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !wasm) throw new Error(`row-digest.as does not compile: ${said}`, { cause: error });
  return Buffer.from(wasm);
}

if (process.argv[1] === import.meta.filename) writeFileSync(rowDigestWasm, await compileRowDigest());
