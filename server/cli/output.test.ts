import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { textTable } from './text-table.ts';

function streams(isTTY = false) {
  const texts = { out: '', err: '' };
  const stream = (name: 'out' | 'err') => ({
    isTTY,
    write: (text: string) => {
      texts[name] += text;
    },
  });
  return { texts, stdout: stream('out'), stderr: stream('err') };
}

test('with --json, standard output holds one document, and everything else goes to standard error', () => {
  const { texts, stdout, stderr } = streams(true);
  const out = createOutput(true, stdout, stderr);
  out.progress('half done');
  out.note('a note');
  out.result({ rows: 12n, at: new Date(0) }, () => 'text');
  expect(JSON.parse(texts.out)).toEqual({ rows: 12, at: '1970-01-01T00:00:00.000Z' });
  expect(texts.err).toContain('half done');
  expect(texts.err).toContain('a note\n');
});

test('a failure is a document on standard output with --json, else text on standard error', () => {
  const failure = { code: 'not-found', message: 'there is no such job', hint: 'List them.', context: {} } as const;
  const asJson = streams();
  createOutput(true, asJson.stdout, asJson.stderr).failure(failure);
  expect([JSON.parse(asJson.texts.out), asJson.texts.err]).toEqual([{ error: failure }, '']);
  const asText = streams();
  createOutput(false, asText.stdout, asText.stderr).failure(failure);
  expect(asText.texts).toEqual({ out: '', err: 'error: there is no such job (not-found)\nList them.\n' });
});

test('a progress line is for terminals only', () => {
  const { texts, stdout, stderr } = streams(false);
  createOutput(false, stdout, stderr).progress('half done');
  expect(texts).toEqual({ out: '', err: '' });
});

test('columns are aligned, numbers to the right, and no value is a dash', () => {
  expect(
    textTable(
      ['name', '>rows', 'kind'],
      [
        ['a', 1_000, 'x'],
        ['long name', 7, null],
      ],
    ),
  ).toBe(['NAME       ROWS  KIND', 'a          1000  x', 'long name     7  –'].join('\n'));
});
