// How sure a rule is: what other packets of the host say for and against a fault.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../../src/diagnosis/diagnose.ts';
import type { OutcomeKind } from '../../../src/model/outcome.ts';
import type { OutcomeCell } from '../../../src/model/usage.ts';
import { numbersAt } from '../../../src/window/outcomes.ts';

const HOST = '10.1.0.5';
const SERVER = '160.79.104.10';
const GATEWAY = '10.1.0.1';
const PROHIBITED = 3 * 256 + 13;
const AT_US = 1_790_000_000_000_000;
const MS = 1000;

const known = { toolsOf: () => [], isModel: () => false };

function cell(kind: OutcomeKind, more: Partial<OutcomeCell> = {}): OutcomeCell {
  const key = { host: HOST, name: 'api.anthropic.com', server: SERVER, port: 443, kind, detail: 0 };
  return { ...key, ...numbersAt(AT_US, 0), count: 1, ...more };
}

const elsewhere = cell('served', { name: 'chatgpt.com', server: '104.18.32.47', handshakeMinUs: 30 * MS });

const said = (...cells: readonly OutcomeCell[]) =>
  diagnose(cells, [], known).diagnoses.map(({ name, fault, confidence }) => `${name} ${fault} ${confidence}`);
const against = (...cells: readonly OutcomeCell[]) =>
  diagnose(cells, [], known).diagnoses.flatMap((one) => one.against);

describe('ICMP messages that prohibit', () => {
  const message = cell('icmp', { detail: PROHIBITED, by: GATEWAY, count: 4 });
  const silent = cell('synSilent', { count: 4, value: 4 });

  it('are certain where each connection ended with one, and another name works', () => {
    expect(said(message, silent, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited certain']);
    expect(against(message, silent, elsewhere)).toEqual([]);
  });

  it('are likely where no other name works: a proxy may be required', () => {
    expect(said(message, silent)).toEqual(['api.anthropic.com icmp-prohibited likely']);
    expect(against(message, silent)).toEqual([
      'no other name of the host worked: the network may require a proxy',
    ]);
  });

  it('are likely where some connections ended without one', () => {
    const more = cell('synSilent', { count: 9, value: 9 });
    expect(said(message, more, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited likely']);
  });

  it.each([
    ['the client did not accept them', [cell('synSilent', { count: 4, value: 24 })], 'repeated the SYN'],
    ['connections opened', [silent, cell('served', { handshakeMinUs: 30 * MS })], 'had no effect'],
    ['no connection failed', [], null],
  ])('are possible where %s', (_, others, reason) => {
    expect(said(message, ...others, elsewhere)).toEqual(['api.anthropic.com icmp-prohibited possible']);
    if (reason !== null) expect(against(message, ...others, elsewhere).join()).toContain(reason);
  });
});

describe('a port of proxies that does not answer', () => {
  const reset = (port: number) =>
    cell('synReset', { name: '', server: '10.1.0.9', port, count: 5, delayMinUs: MS });

  it.each([
    [3128, 'certain'],
    [1080, 'certain'],
    [8000, 'possible'],
    [8080, 'possible'],
  ])('%i is %s', (port, confidence) => {
    expect(said(reset(port))).toEqual([`10.1.0.9 proxy-unreachable ${confidence}`]);
  });

  it('is that of a proxy where the host uses it as one', () => {
    const through = { ...elsewhere, server: '10.1.0.9', port: 8080, proxied: 1, handshakeMinUs: 0 };
    expect(said(reset(8080), through)).toEqual(['10.1.0.9 proxy-unreachable certain']);
    expect(said(reset(8000), through)).toEqual(['10.1.0.9 proxy-unreachable possible']);
  });
});
