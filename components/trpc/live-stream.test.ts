import { expect, test } from 'vitest';
import {
  type Change,
  joinLive,
  type LiveHearer,
  type LiveMeans,
  type LiveState,
} from '#components/trpc/live-stream.ts';

/** A browser: its tabs hear each other, one lock goes round, and streams are counted. */
function browser() {
  const channels = new Set<LiveMeans['channel']>();
  const waiting: (() => void)[] = [];
  const streams = new Set<LiveHearer>();
  let held = false;
  const next = () => {
    held = false;
    waiting.shift()?.();
  };
  function tab() {
    const heard: Change[] = [];
    const states: LiveState[] = [];
    const channel: LiveMeans['channel'] = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of channels) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => channels.delete(channel),
    };
    channels.add(channel);
    const leave = joinLive(
      {
        channel,
        open: (hearer) => {
          streams.add(hearer);
          hearer.onChanges([{ about: 'resync' }]);
          return () => streams.delete(hearer);
        },
        lead: (_, lead) =>
          new Promise((resolve) => {
            const take = () => {
              held = true;
              void lead().then(() => {
                next();
                resolve();
              });
            };
            if (held) waiting.push(take);
            else take();
          }),
      },
      { onChanges: (changes) => heard.push(...changes), onState: (state) => states.push(state) },
    );
    return { heard, states, leave };
  }
  return { tab, streams };
}

const change: Change = { about: 'job', id: '1', what: 'state' };

test('ten tabs hold one stream and all hear of a change', () => {
  const { tab, streams } = browser();
  const tabs = Array.from({ length: 10 }, tab);
  expect(streams.size).toBe(1);
  for (const stream of streams) stream.onChanges([change]);
  for (const { heard } of tabs) expect(heard.at(-1)).toEqual(change);
});

test('when the leading tab is closed another leads, and everybody looks again', async () => {
  const { tab, streams } = browser();
  const [first, second, third] = [tab(), tab(), tab()];
  const before = third.heard.length;
  first.leave();
  await expect.poll(() => streams.size).toBe(1);
  expect(second.heard).toEqual([{ about: 'resync' }]);
  expect(third.heard.slice(before)).toEqual([{ about: 'resync' }]);
});

test('a tab that joins later learns whether the stream is open', () => {
  const { tab, streams } = browser();
  tab();
  for (const stream of streams) stream.onState({ connected: true, heardAt: 5 });
  expect(tab().states).toEqual([{ connected: true, heardAt: 5 }]);
});
