import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Field } from '#components/ui/field.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';

function attribute(html: string, tag: string, name: string): string | undefined {
  const opening = new RegExp(`<${tag}[^>]*>`).exec(html)?.[0] ?? '';
  return new RegExp(` ${name}="([^"]*)"`).exec(opening)?.[1];
}

test('a control in a field is named by its label and described by hint, echo and error in that order', () => {
  const html = renderToStaticMarkup(
    <Field label="Point" hint="With an offset." echo="Fri 20 Nov" error="It lies in a gap." required>
      <Input name="point" />
    </Field>,
  );
  const id = attribute(html, 'input', 'id');
  expect(attribute(html, 'label', 'for')).toBe(id);
  expect(attribute(html, 'input', 'aria-describedby')).toBe(`${id}-hint ${id}-echo ${id}-error`);
  expect(attribute(html, 'input', 'aria-invalid')).toBe('true');
  expect(attribute(html, 'input', 'aria-required')).toBe('true');
  for (const part of ['hint', 'echo', 'error']) expect(html).toContain(`id="${id}-${part}"`);
});

test('a field without trouble claims none, and points at nothing that is not there', () => {
  const html = renderToStaticMarkup(
    <Field label="Kind" error="" hint={null}>
      <Select name="kind" />
    </Field>,
  );
  expect(html).not.toContain('aria-invalid=');
  expect(html).not.toContain('aria-describedby=');
});

test('a control outside a field keeps its own wiring', () => {
  expect(renderToStaticMarkup(<Input id="mine" aria-describedby="note" />)).toContain('aria-describedby="note"');
});
