// Sentences of a report on logs, which have no packets: what was read is not called unobserved.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { wiretallyHere } from '../../../cli/in-process.ts';
import { temporaryFolder } from '../../../temporary.ts';

const LOGS = join(import.meta.dirname, '../../../../captures/logs');
const folder = temporaryFolder('log-reports');

const otherNames = join(folder, 'unbound.log');
writeFileSync(
  otherNames,
  ['query: 10.77.0.2 example.com. A IN', 'reply: 10.77.0.2 example.com. A IN NOERROR 0.003751 0 56', '']
    .map((line) => (line === '' ? '' : `[1795155743] unbound[1033:0] ${line}`))
    .join('\n'),
);

it.each([
  ['a proxy', [join(LOGS, 'zscaler')], 'hidden   40 % of bytes: SSH 40 %'],
  [
    'a proxy, since a day',
    [join(LOGS, 'zscaler'), '--since', '2026-11-20'],
    'hidden   40 % of bytes: SSH 40 %',
  ],
  ['a resolver', [join(LOGS, 'unbound')], 'hidden   unknown: no bytes are known'],
  ['a resolver without a listed name', [otherNames], 'No AI coding tool was seen in the logs.'],
])('%s', async (_, words, text) => {
  const { code, out } = await wiretallyHere(['analyze', ...words]);
  expect([code, out.toLowerCase().includes('nothing was observed')]).toEqual([0, false]);
  expect(out).toContain(text);
});

it('is of nothing where no row is in the span', async () => {
  const { code, out } = await wiretallyHere(['analyze', join(LOGS, 'zscaler'), '--until', '2026-11-01']);
  expect(code).toBe(4);
  expect(out).toContain('Nothing was observed before 1 November 00:00');
});

const EVENT = `date=2026-11-20 time=06:22:01 type="event" subtype="system" logid="0100032001" msg="x"\n`;

it('is of no row where a firewall logged events alone', async () => {
  const file = join(folder, 'events.log');
  writeFileSync(file, EVENT);
  const { code, err } = await wiretallyHere(['analyze', file]);
  expect([code, err]).toEqual([4, expect.stringContaining('FortiGate log: no row')]);
});

it('reads traffic behind many events', async () => {
  const file = join(folder, 'traffic.log');
  writeFileSync(file, EVENT.repeat(300) + readFileSync(join(LOGS, 'fortigate/traffic.log'), 'utf8'));
  const { code, out } = await wiretallyHere(['analyze', file]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^10\.77\.0\.2 Amp +likely/m)]);
});

it('keeps the limit of logs without fingerprints in a report of one tool', async () => {
  const limit = 'the logs do not identify the programs behind all names';
  const outOf = async (...more: readonly string[]): Promise<string> => {
    const { out } = await wiretallyHere(['analyze', join(LOGS, 'umbrella'), ...more]);
    return out.replaceAll(/\s+/g, ' ');
  };
  expect(await outOf()).toContain(limit);
  expect(await outOf('--tool', 'amp')).toContain(limit);
});
