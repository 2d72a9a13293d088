// The last answer of a capture may have gone on: what it answers is a post of telemetry, or a model request.
import { expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { EXCHANGE_FLAGS, type UsageExchange } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue([]);
/** Small calls as Claude Code 2.1.145 makes them when it starts. */
const START_CALLS = [335, 338, 343, 411, 283].map((bytesUp, i) => smallCall(bytesUp, 1000 + 100 * i));
/** The head of an answer, in one record. The row has its last packet at 20 s. */
const HEAD = {
  bytesUp: 18_848,
  bytesDown: 794,
  recordsDown: 1,
  waitMs: 1600,
  answerMs: 0,
  uploadMs: 0,
  flow: 1,
};

function use(last: Partial<UsageExchange>) {
  const exchanges = [...START_CALLS, exchange({ ...HEAD, startMs: 18_400, ...last })];
  const rows = [row('api.anthropic.com', FORMS.bun1314, { exchanges })];
  const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
  const found = host?.tools.find(({ use: { tool } }) => tool === 'claude-code')?.use;
  const { requests, telemetry } = found ?? {};
  return { most: requests?.max ?? 0, sure: telemetry?.min };
}

const BODY = 18_428;

it.each<[string, Partial<UsageExchange>, { most: number; sure: number }]>([
  ['the last packets', {}, { most: 1, sure: 0 }],
  ['packets behind it', { startMs: 9000 }, { most: 0, sure: BODY }],
  ['the end of its connection', { flags: EXCHANGE_FLAGS.closed }, { most: 0, sure: BODY }],
  ['no more than an acknowledgement', { bytesDown: 285 }, { most: 0, sure: BODY }],
])('an upload whose answer has %s', (_, last, expected) => {
  expect(use(last)).toEqual(expected);
});
