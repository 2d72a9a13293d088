// The log of a live sensor: what each window shows, some hosts at a time, however many there are.

import { expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { WindowLines } from '../../../src/live/window-lines.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { asked, exchange, FORMS, row, START, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue([]);
const addressOf = (number: number): string => `10.77.${number >> 8}.${number & 255}`;

const users = (hosts: number, startSeconds = START): UsageWindow =>
  window(
    Array.from({ length: hosts }, (_, number) =>
      row('api.anthropic.com', FORMS.bun1314, {
        host: addressOf(number),
        exchanges: [exchange({ messagesUp: 3 })],
      }),
    ),
    [],
    startSeconds,
  );

async function linesOf(windows: readonly UsageWindow[]): Promise<{ lines: string[]; turns: number }> {
  const lines: string[] = [];
  const windowLines = new WindowLines(null, (text) => lines.push(text));
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  windowLines.add(windows, catalogue, 'UTC');
  expect(lines.filter((line) => line.startsWith('window'))).toEqual([]);
  await windowLines.end();
  isOver = true;
  return { lines, turns };
}

it('names the first twenty tools of a window, and counts the others', async () => {
  const { lines } = await linesOf([users(2), users(30, START + 60)]);
  expect(lines).toHaveLength(2 + 21);
  expect(lines[0]).toMatch(/^window 14:00: 10\.77\.0\.0 Claude Code /);
  expect(lines.at(-1)).toBe('window 14:01: and 10 more tools on hosts');
});

it('tells windows of one minute apart', async () => {
  const windows = [0, 5].map((second) => ({ ...users(1, START + second), lengthSeconds: 5 }));
  const { lines } = await linesOf(windows);
  expect(lines.map((line) => line.slice(0, 16))).toEqual(['window 14:00:00:', 'window 14:00:05:']);
});

it('lets others have the thread between hosts, and says how many it did not look at', async () => {
  const { lines, turns } = await linesOf([users(5000)]);
  expect(turns).toBeGreaterThanOrEqual(16);
  expect(lines.slice(-2)).toEqual([
    'window 14:00: and 4 076 more tools on hosts',
    'window 14:00: and 904 more hosts, too many for this log',
  ]);
});

it('leaves out the oldest windows where very many come at once', async () => {
  const { lines } = await linesOf(Array.from({ length: 20 }, (_, i) => users(1, START + 60 * i)));
  expect(lines[0]).toBe('4 windows not listed here: too many at once');
  expect(lines).toHaveLength(17);
});

it('says that requests may still be counted', async () => {
  const { lines } = await linesOf([users(1), users(1, START + 60)]);
  expect(lines[0]).toMatch(/^window 14:00: 10\.77\.0\.0 Claude Code \w+, \d+\+? requests?, .* sent, /);
});

it('says of a request that ended after its last packets where its bytes are', async () => {
  const one = users(1);
  const ended = one.rows.map((of) => ({
    ...{ ...of, flows: 0, packetsUp: 0, packetsDown: 0 },
    ...{ bytesUp: 0, bytesDown: 0, payloadUp: 0, payloadDown: 0 },
  }));
  const { lines } = await linesOf([{ ...one, rows: ended }]);
  expect(lines[0]).toMatch(
    /^window 14:00: 10\.77\.0\.0 Claude Code \w+, .*requests?, bytes in an earlier window$/,
  );
});

it('lists what two sensors recorded of the same traffic once', async () => {
  const whole = users(2);
  const { lines } = await linesOf([whole, { ...whole, sensor: 'sensor-2' }]);
  expect(lines).toEqual((await linesOf([whole])).lines);
});

it.each([
  ['of one tool', 'ampcode.com', /^window 14:00: \S+ Amp possible, its name was asked for$/],
  [
    'of several tools',
    'code.kimi.com',
    /^window 14:00: \S+ .* possible, a name was asked for that 2 tools use$/,
  ],
])('says if the name of a question is %s', async (_, name, expected) => {
  const { lines } = await linesOf([window([], [asked(name)])]);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(expected);
});
