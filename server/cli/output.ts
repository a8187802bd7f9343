import type { Failure } from '#server/base/error.ts';

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/**
 * Where a command says things. Promises: with `json`, standard output gets one JSON document and nothing else; notes,
 * progress and logs go to standard error, always.
 */
export interface Output {
  readonly json: boolean;
  /** What was asked for, once a command: the document with `--json`, else the text. */
  result(document: unknown, text: () => string): void;
  failure(failure: Failure): void;
  note(line: string): void;
  /** One line that replaces itself; '' clears it. On a terminal only, elsewhere nothing. */
  progress(line: string): void;
  readonly showsProgress: boolean;
}

export function createOutput(json: boolean, stdout: Stream = process.stdout, stderr: Stream = process.stderr): Output {
  const showsProgress = stderr.isTTY === true;
  let shown = false;
  const progress = (line: string) => {
    if (!showsProgress || (line === '' && !shown)) return;
    // Back to the first column, clear the line.
    stderr.write(`\r\x1b[K${line}`);
    shown = line !== '';
  };
  const note = (line: string) => {
    progress('');
    stderr.write(`${line}\n`);
  };
  return {
    json,
    showsProgress,
    progress,
    note,
    result: (document, text) => {
      progress('');
      const out = json ? jsonText(document) : text();
      if (out !== '') stdout.write(`${out}\n`);
    },
    failure: (failure) => {
      progress('');
      if (json) stdout.write(`${jsonText({ error: failure })}\n`);
      else stderr.write(`${failureText(failure)}\n`);
    },
  };
}

/** One line. Row counts and sizes are numbers outside, whatever they are inside; instants ISO 8601 with `Z`. */
export const jsonText = (document: unknown): string =>
  JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));

export function failureText({ code, message, hint }: Pick<Failure, 'message' | 'hint'> & { code: string }): string {
  return `error: ${message} (${code})${hint === '' ? '' : `\n${hint}`}`;
}
