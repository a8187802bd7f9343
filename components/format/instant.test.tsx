import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { Ago, Elapsed } from '#components/format/ago.tsx';
import { Instant } from '#components/format/instant.tsx';
import { ZoneProvider } from '#components/format/zone-context.tsx';

const at = '2026-11-20T02:41:07.318+01:00';

test('the server writes UTC and says so, whatever its own zone is', () => {
  const html = renderToStaticMarkup(
    <ZoneProvider serverZone="Europe/Berlin">
      <Instant at={at} style="minute" />
    </ZoneProvider>,
  );
  expect(html).toContain('>20 Nov 2026 01:41 UTC</time>');
  expect(html).toContain('dateTime="2026-11-20T01:41:07.318Z"');
});

test('what moves with the clock is the same in every rendering on the server', () => {
  expect(renderToStaticMarkup(<Ago at={at} />)).toContain('20 Nov 2026 01:41 UTC');
  expect(renderToStaticMarkup(<Elapsed since={at} />)).toContain('…');
  expect(renderToStaticMarkup(<Elapsed since={at} until="2026-11-20T01:44:02.318Z" />)).toContain('2 m 55 s');
});

test('an unreadable instant is a dash', () => {
  expect(renderToStaticMarkup(<Instant at="yesterday" />)).toContain('–');
  expect(renderToStaticMarkup(<Ago at="yesterday" />)).toContain('–');
});
