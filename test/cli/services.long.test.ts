// AI services of a local network as a user meets them: reported, denied by a policy, with pseudonyms, and never with a text of
// the traffic.

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretallyHere } from './in-process.ts';
import { wiretally } from './run.ts';

interface Truth {
  readonly file: string;
  readonly planted: readonly string[];
  readonly services: readonly {
    readonly host: string;
    readonly port: number;
    readonly product: string;
    readonly exposed: boolean;
    readonly clients: readonly string[];
    /** Requests of MCP that were made, by class. */
    readonly mcp?: Readonly<Record<'sessions' | 'lists' | 'reads' | 'calls', number>>;
  }[];
}

const TRUTH: readonly Truth[] = JSON.parse(readFileSync('captures/services/manifest.json', 'utf8'));
const FORMATS = [
  'terminal',
  'csv',
  'md',
  'ndjson',
  'html',
  'summary',
  'junit',
  'sarif',
  'eve',
  'ecs',
  'zeek',
];
const IN_ALL_FORMATS = new Set([
  'anthropic-relay-exposed.pcap.gz',
  'mcp-2026-exposed.pcap.gz',
  'ollama-exposed.pcap.gz',
]);
const capture = (file: string): string => join('captures/services', file);

const folder = temporaryFolder('services');
const at = (name: string): string => join(folder, name);
const policy = (privacy = ''): string => `version: 1
name: No services
timezone: UTC
${privacy}services: { action: deny, severity: high }
rules:
  - { id: OUT, title: None for other networks, match: { services: { exposed: true } }, action: deny, severity: critical }
`;

beforeAll(() => {
  writeFileSync(at('policy.yaml'), policy());
  writeFileSync(at('pseudonyms.yaml'), policy('privacy: { hosts: pseudonym }\n'));
  writeFileSync(at('key'), randomBytes(32), { mode: 0o600 });
});

async function findingsOf(file: string, ...more: string[]) {
  const { out, code } = await wiretally(['analyze', capture(file), '--format', 'json', ...more]);
  return { code, document: JSON.parse(out) };
}

describe.each(TRUTH)('$file', ({ file, planted, services }) => {
  const requireNoText = (text: string): void => {
    for (const word of planted) expect(text).not.toContain(word);
    expect(services.some(({ host }) => text.includes(host))).toBe(services.length > 0);
  };

  it('is found by a policy, with the clients and no one else, and has no text of the traffic', async () => {
    const words = ['analyze', capture(file), '--format', 'json', '--policy', at('policy.yaml')];
    const { code, out, err } = await wiretallyHere(words);
    requireNoText(out + err);
    const { findings, services: rows }: { findings: readonly Finding[]; services: Truth['services'] } =
      JSON.parse(out);
    for (const { host, port, mcp } of services)
      if (mcp !== undefined)
        expect(rows.find((row) => row.host === host && row.port === port)?.mcp).toEqual(mcp);
    const found = findings.filter(({ rule }) => rule === 'services');
    const inside = services.filter(({ clients, exposed }) => !exposed || clients.length > 1);
    expect(found.map(({ host, service }) => [host, service.port, service.product])).toEqual(
      inside.map(({ host, port, product }) => [host, port, product]),
    );
    expect(findings.filter(({ rule }) => rule === 'OUT').map(({ host }) => host)).toEqual(
      services.filter(({ exposed }) => exposed).map(({ host }) => host),
    );
    const clients = findings.flatMap(({ service }) => service.clients.map(({ host }) => host));
    expect([...new Set(clients)].sort()).toEqual(services.flatMap((each) => each.clients).sort());
    // What is only possible is no violation.
    const isProven = services.some(({ product }) => product !== 'tls-service');
    expect(code).toBe(isProven ? 1 : 0);
  });

  it.each(IN_ALL_FORMATS.has(file) ? FORMATS : [])('has no text of the traffic in %s', async (format) => {
    const words = ['analyze', capture(file), '--policy', at('policy.yaml'), '--format', format];
    const { out, err } = await wiretallyHere(words);
    requireNoText(out + err);
  });
});

interface Finding {
  readonly rule: string;
  readonly host: string;
  readonly service: {
    readonly port: number;
    readonly product: string;
    readonly clients: readonly { readonly host: string }[];
  };
}

describe('a relay', () => {
  const relay = 'ccr-claude-code.pcap.gz';

  it('joins its client with what its host sent on', async () => {
    const { document } = await findingsOf(relay);
    const [service] = document.services;
    expect(service.clients.map(({ host }: { host: string }) => host)).toEqual(['10.88.0.21']);
    expect(service.upstream).toMatchObject([{ names: ['openrouter.ai'], confidence: 'likely' }]);
    const client = document.hosts.find(({ host }: { host: string }) => host === '10.88.0.21');
    // By its user agent alone, which any program can send to a server of its own choice.
    expect(client.tools).toMatchObject([
      { tool: 'claude-code', name: 'Claude Code', confidence: 'possible' },
    ]);
  });

  it('is explained at both ends', async () => {
    const explained = async (host: string) =>
      (await wiretally(['explain', capture(relay), '--host', host])).out;
    const [user, own] = [await explained('10.88.0.21'), await explained('10.88.0.12')];
    expect(user).toContain('This host used claude-code-router (likely) at 10.88.0.12:3456: 1 request');
    expect(own).toContain('This host runs claude-code-router (likely) on port 3456');
    expect(own).toContain('forwards requests to OpenRouter (likely)');
  });

  it('is explained with pseudonyms alone', async () => {
    const words = ['explain', capture(relay), '--host', '10.88.0.21', '--pseudonymize', at('key')];
    const { out } = await wiretally(words);
    expect(out).toContain('This host used claude-code-router');
    expect(out).not.toMatch(/10\.88\.0\.\d/);
  });
});

describe('with pseudonyms', () => {
  it('a report and a bundle name no host, and the bundle is verified', async () => {
    const words = ['--policy', at('pseudonyms.yaml'), '--pseudonymize', at('key')];
    const { document } = await findingsOf('ollama-exposed.pcap.gz', ...words, '--bundle', at('bundle'));
    expect(JSON.stringify([document.findings, document.services])).not.toMatch(/10\.8[89]\.0\.\d/);
    expect(document.findings.map(({ rule }: Finding) => rule)).toEqual(['OUT', 'services']);
    const verified = await wiretally(['verify', at('bundle'), '--unsigned']);
    expect(verified.out + verified.err).toContain('evaluated again');
    expect(verified.code).toBe(0);
  });
});
