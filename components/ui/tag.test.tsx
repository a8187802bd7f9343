import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { ErrorPanel, sentence } from '#components/ui/error-panel.tsx';
import { Progress } from '#components/ui/progress.tsx';
import { Tag } from '#components/ui/tag.tsx';

test('every state is drawn as a glyph of its own and a word', () => {
  const states = ['ok', 'warn', 'bad', 'run', 'idle', 'unknown'] as const;
  const drawings = states.map((state) => {
    const html = renderToStaticMarkup(<Tag state={state}>Word</Tag>);
    expect(html).toContain('Word');
    return /<svg.*<\/svg>/s.exec(html)?.[0].replace(/class="[^"]*"/, '');
  });
  expect(new Set(drawings).size).toBe(states.length);
  expect(drawings).not.toContain(undefined);
});

test('a failure says the outcome for the data first, then what failed, then what to do, and its code', () => {
  const html = renderToStaticMarkup(
    <ErrorPanel
      outcome="Nothing was written."
      failure={{ code: 'restore/target-exists', message: 'the target name is taken', hint: 'Rename it.' }}
    />,
  );
  const words = html.replace(/<[^>]*>/g, '|');
  const order = ['Nothing was written.', 'The target name is taken.', 'Rename it.', 'restore/target-exists'];
  const places = order.map((part) => words.indexOf(part));
  expect(places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1))).toBe(true);
});

test('a message becomes one sentence, whatever it ends with', () => {
  expect([sentence('reading tables of bank'), sentence('no answer!'), sentence('')]).toEqual([
    'Reading tables of bank.',
    'No answer!',
    '',
  ]);
});

test('a bar without a value claims none, and never says 100 before the end', () => {
  expect(renderToStaticMarkup(<Progress label="Rows" />)).not.toContain('aria-valuenow');
  expect(renderToStaticMarkup(<Progress label="Rows" value={0.999} />)).toContain('aria-valuenow="99"');
  expect(renderToStaticMarkup(<Progress label="Rows" value={7} />)).toContain('aria-valuenow="100"');
});
