// Requests to an unlisted name count for a tool only if it supports a custom address and uses no other.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageRow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, post, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const GATEWAY = 'ai-gateway.corp.example';

const loop = [6000, 8000, 11_000].map((bytesUp, i) =>
  exchange({ startMs: 2000 + 5000 * i, bytesUp, bytesDown: 4000, recordsDown: 16, answerMs: 900 }),
);
const behind = (fingerprint = FORMS.node22Fetch): UsageRow => row(GATEWAY, fingerprint, { exchanges: loop });
/** pi checks its version and reports its installation. */
const pi = (fingerprint = FORMS.node22Fetch): UsageRow =>
  row('pi.dev', fingerprint, { exchanges: [smallCall(231), smallCall(229, 600)] });

function judge(rows: readonly UsageRow[]) {
  const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
  const uses = [...(host?.tools ?? []), ...(host?.providers ?? [])].map(({ use }) => use);
  return {
    requests: Object.fromEntries(uses.map(({ tool, requests }) => [tool, requests])),
    evidence: uses.flatMap(({ evidence }) => evidence.filter(({ rule }) => rule === 'gateway')),
  };
}

describe('a gateway of the user', () => {
  it('is counted as the tool that takes one, on its runtime, and the row says why', () => {
    const { requests, evidence } = judge([pi(), behind()]);
    expect(requests).toEqual({ 'pi-agent': { min: 3, max: 3 } });
    expect(evidence[0]?.detail).toContain('another program may have sent them');
  });

  it.each([
    { name: 'on another runtime', rows: [pi(), behind(FORMS.rustls)] },
    { name: 'of a tool that takes no such address', rows: [amp(), behind(FORMS.bun144Fetch)] },
  ])('is not: $name', ({ rows }) => {
    const { requests, evidence } = judge(rows);
    expect(requests).toHaveProperty('relay', { min: 3, max: 3 });
    expect(evidence).toEqual([]);
  });

  it('counts in the upper bound only, in addition to requests to a listed name', () => {
    const { requests } = judge([pi(), direct(), behind()]);
    expect(requests).toEqual({ 'pi-agent': { min: 1, max: 4 }, relay: { min: 3, max: 3 } });
  });

  it('is shared by two possible tools: the user is undecidable', () => {
    const kimi = row('code.kimi.com', FORMS.node22Fetch, { exchanges: [smallCall(193)] });
    const { requests } = judge([pi(), kimi, behind()]);
    expect(requests).toEqual({ 'kimi-code': { min: 0, max: 3 }, 'pi-agent': { min: 0, max: 3 } });
  });

  it('is counted by its messages where the tool keeps the conversation on a WebSocket', () => {
    const upgrade = exchange({ startMs: 1000, bytesUp: 1400, bytesDown: 129, recordsDown: 1, flags: FIRST });
    const warmUp = exchange({ startMs: 1200, bytesUp: 1480, bytesDown: 496, recordsDown: 2 });
    const socket = row(GATEWAY, FORMS.rustlsSocket, { exchanges: [upgrade, warmUp, ...MESSAGES] });
    const codex = row('ab.chatgpt.com', FORMS.nativeTls, { exchanges: [post(60_000), post(9000, 9500)] });
    expect(judge([codex, socket]).requests).toMatchObject({ 'openai-codex': { min: 4, max: 4 } });
    expect(judge([socket]).requests).toMatchObject({ relay: { min: 3 } });
    const none = row(GATEWAY, FORMS.rustlsSocket, { exchanges: MESSAGES.slice(1) });
    expect(judge([none]).requests).toEqual({});
  });

  it('never makes a sure 0 of a tool that asked nothing that was seen', () => {
    expect(judge([pi()]).requests).toEqual({ 'pi-agent': null });
  });
});

const FIRST = 1;
/** The whole conversation once, and then what each step adds: no request is larger than the one before. */
const MESSAGES = [59_000, 10_000, 2500].map((bytesUp, i) =>
  exchange({ startMs: 2000 + 5000 * i, bytesUp, bytesDown: 6000, recordsDown: 24, answerMs: 900 }),
);

function amp(): UsageRow {
  const exchanges = [540, 620, 700].map((bytesUp, i) => smallCall(bytesUp, 300 * i));
  return row('ampcode.com', FORMS.bun144Fetch, { exchanges });
}

function direct(): UsageRow {
  return row('api.openai.com', FORMS.node22Fetch, {
    exchanges: [exchange({ startMs: 1000, bytesUp: 6000 })],
  });
}

describe('Gemini CLI behind a gateway', () => {
  const log = row('play.googleapis.com', FORMS.node22Fetch, {
    exchanges: [exchange({ bytesUp: 4200, bytesDown: 157, recordsDown: 1 })],
  });
  const large = row(GATEWAY, FORMS.node22Fetch, {
    exchanges: loop.map((one) => ({ ...one, bytesUp: one.bytesUp + 40_000 })),
  });

  it('is possible with its log, its requests and telemetry', () => {
    const [host] = attribute([window([log, large])], catalogue, { zone: openZone('UTC') });
    const use = host?.tools.find(({ use }) => use.tool === 'gemini-cli')?.use;
    expect(use?.confidence).toBe('possible');
    expect(use?.requests).toEqual({ min: 3, max: 3 });
    expect(use?.telemetry?.payloadUp).toBe(4200 - 260);
  });

  it.each([
    { name: 'the log alone', rows: [log] },
    { name: 'the gateway alone', rows: [large] },
    {
      name: 'programs of two runtimes',
      rows: [log, row(GATEWAY, FORMS.rustls, { exchanges: large.exchanges })],
    },
  ])('is not: $name', ({ rows }) => {
    const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
    expect(host?.tools.map(({ use }) => use.tool) ?? []).not.toContain('gemini-cli');
  });
});
