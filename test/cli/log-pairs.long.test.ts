// Logs of real programs and the packets that they were made from: flows, names, JA3 and JA4 read from the log equal those
// read from the packets. The pairs are not a part of the project: LOG_PAIRS names their folder.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { formatNamed } from '../../src/reading/logs/formats.ts';
import { buildSample } from '../../src/reading/logs/inputs.ts';
import { LineSplitter } from '../../src/reading/logs/lines.ts';
import type { LoggedFlow } from '../../src/reading/logs/records.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAIRS = process.env.LOG_PAIRS ?? '';
const MAX_OUTPUT = 64 << 20;
/** Baselines of Zeek have no times. */
const TIME = '1700000000.000000';
/** Of events whose fields are known without their name. */
const UNNAMED = 'unnamed.test';
/** Geneve and GTP: Zeek has a row for the tunnel besides those of the connections in it. */
const TUNNEL_PORTS: ReadonlySet<number> = new Set([6081, 2152]);

type Flow = Pick<LoggedFlow, 'client' | 'clientPort' | 'server' | 'serverPort' | 'sni'> & {
  readonly ja3: string;
  readonly ja4: string;
};

/** Counts of what stands in the logs of a product, and of what the packets have as well. */
interface Agreement {
  pairs: number;
  flows: [inLogs: number, equal: number];
  names: [inLogs: number, equal: number];
  ja3: [inLogs: number, equal: number];
  ja4: [inLogs: number, equal: number];
  /** By the part that every program computes alike. */
  ja4Ciphers: [inLogs: number, equal: number];
}

const endsOf = ({ client, clientPort, server, serverPort }: Flow): string =>
  [`${client} ${clientPort}`, `${server} ${serverPort}`].sort().join(' ');

function inPackets(file: string): Flow[] {
  const cli = join(ROOT, 'dist/cli/main.js');
  // Hellos and flows: a hello may stand in a flow that has another.
  const rows = ['flows', 'hellos'].flatMap((what) => {
    const options = { maxBuffer: MAX_OUTPUT, stdio: ['ignore' as const, 'pipe' as const, 'ignore' as const] };
    return execFileSync(process.execPath, [cli, 'dump', what, file], options)
      .toString()
      .split('\n')
      .filter(Boolean);
  });
  return rows.map((row) => {
    const one = JSON.parse(row);
    return {
      client: one.src_ip,
      clientPort: one.src_port,
      server: one.dst_ip,
      serverPort: one.dst_port,
      sni: one.sni ?? null,
      ja3: one.ja3_hash ?? '',
      ja4: one.ja4 ?? '',
    };
  });
}

function inLog(format: string, files: readonly { readonly name: string; readonly text: string }[]): Flow[] {
  const flows: Flow[] = [];
  const found = formatNamed(format);
  const ignored = (): void => undefined;
  const reader = found?.reader(
    {
      isListed: () => true,
      findAgent: () => null,
      wrote: ignored,
      hasListedServer: () => true,
      flow: ({ fingerprint, ...flow }) =>
        flows.push({ ...flow, ja3: fingerprint?.ja3 ?? '', ja4: fingerprint?.ja4 ?? '' }),
      totals: ignored,
      dns: ignored,
      observation: ignored,
      user: ignored,
      lost: ignored,
    },
    { zone: 'UTC', definitions: [] },
  );
  for (const { name, text } of files) {
    const bytes = Buffer.from(text);
    const lines = reader?.open(buildSample(name, bytes, Date.UTC(2026, 0) * 1000));
    const splitter = new LineSplitter({
      line: (line, start, end) => lines?.line(line, start, end),
      tooLong: ignored,
    });
    splitter.push(bytes);
    splitter.end();
    lines?.end?.();
  }
  reader?.finish();
  return flows;
}

/** Logs of a pair as their program writes them. */
function logsOf(kind: string, folder: string): { readonly name: string; readonly text: string }[] {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const files = readdirSync(folder).sort();
  if (kind === 'zeek') {
    // Names before bytes; columns were cut out of "*.log.cut".
    const order = ['ssl.log', 'quic.log', 'conn.log'].filter((name) => files.includes(name));
    return order.map((name) => ({ name, text: read(name).replaceAll('XXXXXXXXXX.XXXXXX', TIME) }));
  }
  if (kind === 'arkime') {
    const name = files.find((file) => file.endsWith('.test')) ?? '';
    const [sessions = []] = Object.values(JSON.parse(read(name))) as { readonly body: unknown }[][];
    return [{ name, text: sessions.map(({ body }) => JSON.stringify(body)).join('\n') }];
  }
  if (kind === 'suricata') {
    if (!files.includes('test.yaml')) return [];
    // The tests hold single fields of events: an event of those has no ends.
    const checks: { filter?: { match?: Record<string, unknown> } }[] = parse(read('test.yaml')).checks ?? [];
    const events = checks.flatMap(({ filter }) => eventOf(filter?.match ?? {}) ?? []);
    return [{ name: 'eve.json', text: events.join('\n') }];
  }
  const name = files.find((file) => !/\.(?:json|pcap)$/.test(file)) ?? '';
  return [{ name, text: read(name) }];
}

function eventOf(match: Readonly<Record<string, unknown>>): string | null {
  const type = match.event_type;
  if (type !== 'tls' && type !== 'quic') return null;
  const event: Record<string, Record<string, unknown> | unknown> = {
    timestamp: '2023-11-14T22:13:20.000000+0000',
    src_ip: '192.0.2.1',
    dest_ip: '192.0.2.2',
    event_type: type,
  };
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(match)) {
    if (key === `${type}.sni` || key === `${type}.ja4`) fields[key.slice(type.length + 1)] = value;
    if (key === `${type}.ja3.hash`) fields.ja3 = { hash: value };
  }
  return JSON.stringify({ ...event, [type]: { sni: UNNAMED, ...fields } });
}

const FORMATS: Readonly<Record<string, string>> = {
  zeek: 'zeek',
  suricata: 'suricata',
  arkime: 'arkime',
  ipfixprobe: 'ipfix',
};

function compare(
  agreement: Agreement,
  logged: readonly Flow[],
  packets: readonly Flow[],
  hasEnds: boolean,
): void {
  let isCompared = false;
  const count = (of: [number, number], isEqual: boolean): void => {
    isCompared = true;
    of[0]++;
    if (isEqual) of[1]++;
  };
  const ciphersOf = (ja4: string): string => ja4.split('_')[1] ?? '';
  for (const flow of logged) {
    const same = hasEnds ? packets.filter((one) => endsOf(one) === endsOf(flow)) : packets;
    if (hasEnds && !TUNNEL_PORTS.has(flow.serverPort)) count(agreement.flows, same.length > 0);
    if (flow.sni !== null && flow.sni !== UNNAMED)
      count(
        agreement.names,
        same.some(({ sni }) => sni?.toLowerCase() === flow.sni),
      );
    if (flow.ja3 !== '')
      count(
        agreement.ja3,
        same.some(({ ja3 }) => ja3 === flow.ja3),
      );
    if (flow.ja4 === '') continue;
    count(
      agreement.ja4,
      same.some(({ ja4 }) => ja4 === flow.ja4),
    );
    count(
      agreement.ja4Ciphers,
      same.some(({ ja4 }) => ciphersOf(ja4) === ciphersOf(flow.ja4)),
    );
  }
  if (isCompared) agreement.pairs++;
}

function agreements(): Record<string, Agreement> {
  const all: Record<string, Agreement> = {};
  for (const name of readdirSync(PAIRS).sort()) {
    const folder = join(PAIRS, name);
    if (!existsSync(join(folder, 'pair.json'))) continue;
    const { kind }: { kind: string } = JSON.parse(readFileSync(join(folder, 'pair.json'), 'utf8'));
    const logs = logsOf(kind, folder);
    const logged = inLog(FORMATS[kind] ?? '', logs);
    if (logged.length === 0) continue;
    all[kind] ??= {
      pairs: 0,
      flows: [0, 0],
      names: [0, 0],
      ja3: [0, 0],
      ja4: [0, 0],
      ja4Ciphers: [0, 0],
    };
    const captures = readdirSync(folder).filter((file) => file.endsWith('.pcap'));
    const packets = captures.flatMap((file) => inPackets(join(folder, file)));
    const before = JSON.stringify(all[kind]);
    compare(all[kind], logged, packets, kind !== 'suricata');
    if (process.env.LOG_PAIRS_EACH !== undefined) console.info(name, before, JSON.stringify(all[kind]));
  }
  return all;
}

it.skipIf(PAIRS === '')(
  'reads from logs what the packets have (LOG_PAIRS names the folder)',
  () => {
    const all = agreements();
    console.info(JSON.stringify(all, null, 1));
    expect(Object.keys(all).length).toBeGreaterThan(0);
    for (const [kind, { flows, names, ja3, ja4Ciphers }] of Object.entries(all)) {
      for (const [inLogs, equal] of [flows, names, ja3, ja4Ciphers]) expect(equal, kind).toBe(inLogs);
    }
  },
  600_000,
);
