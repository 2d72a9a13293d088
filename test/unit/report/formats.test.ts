import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { signatureId } from '../../../src/report/eve.ts';
import { FORMAT_NAMES, renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/render-options.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const render = (document: ReportDocument, format: (typeof FORMAT_NAMES)[number]) =>
  renderReport(document, format, PLAIN);

const parseLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Every leaf of an object as "a.b.c" with its type. */
function leaves(value: unknown, path = ''): [string, string][] {
  if (Array.isArray(value)) return [[path, `${typeof value[0]}[]`]];
  if (typeof value !== 'object' || value === null) return [[path, value === null ? 'null' : typeof value]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

const isEmpty: ReportDocument = { ...sampleDocument(), hosts: [], tools: [], notVisible: [] };

describe('every format', () => {
  it.each(FORMAT_NAMES)(
    '%s gives the same bytes twice, with and without a policy and hosts',
    async (format) => {
      for (const document of [sampleDocument(), sampleAudit(), isEmpty]) {
        expect(await render(document, format)).toBe(await render(document, format));
      }
    },
  );

  it.each(FORMAT_NAMES)('%s lets no control sign of a host name through', async (format) => {
    const text = await render(sampleAudit(), format);
    expect(text).not.toMatch(/[^\P{Cc}\n\r\t]|[\u202a-\u202e]/u);
  });
});

describe('terminal', () => {
  it('colours only when asked, and by codes of the theme alone', async () => {
    const text = await renderReport(sampleAudit(), 'terminal', { width: 120, color: true, unicode: true });
    const codes = new Set([...text.matchAll(/\p{Cc}\[([\d;]*)m/gu)].map((match) => match[1]));
    expect([...codes].sort()).toEqual(['0', '1', '1;31', '2', '31', '32', '33', '34']);
  });

  it('is ASCII alone when asked', async () => {
    const text = await renderReport(sampleAudit(), 'terminal', { width: 120, color: false, unicode: false });
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it.each([60, 80, 100, 120, 200])('keeps table and sentences within %d columns', async (width) => {
    const { displayWidth } = await import('../../../src/report/text-layout.ts');
    const text = await renderReport(sampleAudit(), 'terminal', { width, color: false, unicode: true });
    const long = text
      .split('\n')
      .filter((line) => displayWidth(line) > width && !line.includes('wiretally '));
    expect(long).toEqual([]);
  });

  it('says what was not found without saying that it was not there', async () => {
    expect(await render(isEmpty, 'terminal')).toContain('No AI coding tool was seen on 0 hosts.');
  });
});

describe('csv (RFC 4180)', () => {
  it('ends lines with CRLF, quotes quotes, and gives every line the same number of fields', async () => {
    const text = await render(sampleAudit(), 'csv');
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const rows = text.trimEnd().split('\r\n').map(splitCsv);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(rows.flat()).toContain('"><script>alert(1)</script><U+202E><U+001B>[31m');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)'])('keeps a spreadsheet from running %s', async (name) => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const text = await render({ ...sampleDocument(), hosts: [{ ...host, name }] }, 'csv');
    expect(splitCsv(text.split('\r\n')[1] ?? '')[1]).toBe(`'${name}`);
  });
});

function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? '',
  );
}

describe('md', () => {
  it('gives every row of a table as many cells as its head, whatever the names hold', async () => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const text = await render(
      { ...sampleDocument(), hosts: [{ ...host, name: 'a|b `c` <img src=x> [d](e)' }] },
      'md',
    );
    const cells = text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(cells.slice(0, 3)).size).toBe(1);
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x&gt;');
  });
});

/** Fields and types as Suricata documents them for EVE (docs.suricata.io, Eve JSON Format, and its etc/schema.json). */
const EVE_FIELDS: Readonly<Record<string, string>> = {
  timestamp: 'string',
  event_type: 'string',
  host: 'string',
  src_ip: 'string',
  app_proto: 'string',
  community_id: 'string',
  'ether.src_mac': 'string',
  'tls.sni': 'string',
  'tls.ja3.hash': 'string',
  'tls.ja4': 'string',
  'tls.client_alpns': 'string[]',
  'flow.bytes_toserver': 'number',
  'flow.bytes_toclient': 'number',
  'flow.start': 'string',
  'flow.end': 'string',
  'alert.action': 'string',
  'alert.gid': 'number',
  'alert.signature_id': 'number',
  'alert.rev': 'number',
  'alert.signature': 'string',
  'alert.category': 'string',
  'alert.severity': 'number',
  'stats.capture.kernel_packets': 'number',
  'stats.capture.kernel_drops': 'number',
  'stats.decoder.pkts': 'number',
  'stats.decoder.bytes': 'number',
  'stats.flow.total': 'number',
};

describe('ndjson and eve', () => {
  it('use fields and types that Suricata documents, and their own under wiretally', async () => {
    for (const event of parseLines(await render(sampleAudit(), 'eve'))) {
      for (const [path, type] of leaves(event)) {
        if (!path.startsWith('wiretally.')) expect([path, type]).toEqual([path, EVE_FIELDS[path]]);
      }
      expect(event.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d{4}$/);
    }
  });

  it('raise one alert per finding, with a number of its own per rule', async () => {
    const alerts = parseLines(await render(sampleAudit(), 'ndjson')).filter(
      (event) => event.event_type === 'alert',
    );
    expect(alerts).toHaveLength(4);
    expect(signatureId('AI-0710')).toBeGreaterThanOrEqual(1_000_000);
    expect(signatureId('AI-0710')).not.toBe(signatureId('AI-0711'));
  });

  it('count the bytes of names once: they add up to those of the rows', async () => {
    const names = parseLines(await render(sampleDocument(), 'eve')).filter(
      (event) => event.flow !== undefined,
    );
    const sum = names.reduce(
      (total, event) => total + (event.flow as { bytes_toserver: number }).bytes_toserver,
      0,
    );
    const rows = sampleDocument().hosts.flatMap((host) => [
      ...host.tools.filter((use) => use.confidence !== 'possible'),
      ...host.providers,
    ]);
    expect(sum).toBe(rows.reduce((total, use) => total + use.bytesUp, 0));
  });

  it('name no source address where the host is a pseudonym', async () => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const [event] = parseLines(
      await render({ ...sampleDocument(), hosts: [{ ...host, host: 'h-4XP8' }] }, 'eve'),
    );
    expect(event).not.toHaveProperty('src_ip');
    expect(event).toHaveProperty('wiretally.host', 'h-4XP8');
  });
});

/** Fields of Zeek's own logs that are used here, with their types (docs.zeek.org: conn.log, ssl.log, notice.log). */
const ZEEK_FIELDS: Readonly<Record<string, string>> = {
  ts: 'time',
  'id.orig_h': 'addr',
  orig_l2_addr: 'string',
  server_name: 'string',
  orig_bytes: 'count',
  resp_bytes: 'count',
  orig_ip_bytes: 'count',
  resp_ip_bytes: 'count',
  note: 'enum',
  msg: 'string',
  sub: 'string',
  src: 'addr',
  n: 'count',
  actions: 'set[enum]',
};

describe('zeek', () => {
  it('has headers that fit its lines, and known fields have their types', async () => {
    const logs = (await render(sampleAudit(), 'zeek')).split('#separator \\x09\n').slice(1);
    expect(logs.map((log) => /^#path\t(.*)$/m.exec(log)?.[1])).toEqual([
      'wiretally_use',
      'wiretally_name',
      'notice',
    ]);
    for (const log of logs) {
      const fields = /^#fields\t(.*)$/m.exec(log)?.[1]?.split('\t') ?? [];
      const types = /^#types\t(.*)$/m.exec(log)?.[1]?.split('\t') ?? [];
      expect(types).toHaveLength(fields.length);
      fields.forEach((field, i) => {
        if (ZEEK_FIELDS[field] !== undefined) expect([field, types[i]]).toEqual([field, ZEEK_FIELDS[field]]);
      });
      for (const line of log
        .trimEnd()
        .split('\n')
        .filter((each) => !each.startsWith('#'))) {
        const values = line.split('\t');
        expect(values).toHaveLength(fields.length);
        for (const [i, value] of values.entries()) checkZeek(types[i] ?? '', value);
      }
    }
  });

  it('escapes what would end a field or hide text, byte by byte', async () => {
    expect(await render(sampleAudit(), 'zeek')).toContain('</script>\\xe2\\x80\\xae\\x1b[31m');
  });
});

function checkZeek(type: string, value: string): void {
  if (value === '-') return;
  if (type === 'time') expect(value).toMatch(/^\d+\.\d{6}$/);
  if (type === 'count') expect(value).toMatch(/^\d+$/);
  if (type === 'addr') expect(value).toMatch(/^[\da-f.:]+$/);
  if (type === 'double') expect(Number(value)).not.toBeNaN();
}

/** Fields of the Elastic Common Schema 8.17 that are used here (elastic.co, ECS Field Reference). */
const ECS_FIELDS: Readonly<Record<string, string>> = {
  '@timestamp': 'string',
  message: 'string',
  'ecs.version': 'string',
  'event.kind': 'string',
  'event.category': 'string[]',
  'event.type': 'string[]',
  'event.module': 'string',
  'event.dataset': 'string',
  'event.id': 'string',
  'event.severity': 'number',
  'event.start': 'string',
  'event.end': 'string',
  'source.address': 'string',
  'source.ip': 'string',
  'source.mac': 'string',
  'source.domain': 'string',
  'source.bytes': 'number',
  'destination.domain': 'string',
  'destination.bytes': 'number',
  'network.bytes': 'number',
  'network.direction': 'string',
  'network.protocol': 'string',
  'network.community_id': 'string[]',
  'tls.client.ja3': 'string',
  'tls.client.server_name': 'string',
  'rule.id': 'string',
  'rule.version': 'string',
  'rule.name': 'string',
  'rule.reference': 'string',
  'observer.vendor': 'string',
  'observer.product': 'string',
  'observer.type': 'string',
  'observer.version': 'string',
  'observer.name': 'string',
};

describe('ecs', () => {
  it('uses fields and types of the schema, and its own under wiretally', async () => {
    for (const event of parseLines(await render(sampleAudit(), 'ecs'))) {
      for (const [path, type] of leaves(event)) {
        if (!path.startsWith('wiretally.')) expect([path, type]).toEqual([path, ECS_FIELDS[path]]);
      }
      const { kind, category } = event.event as { kind: string; category: string[] };
      expect(['event', 'alert']).toContain(kind);
      expect(category).toEqual(['network']);
    }
  });
});

describe('a kept verdict', () => {
  const kept = (truncated: boolean): Promise<string> => {
    const audit = sampleAudit();
    const rules = (audit.summary?.rules ?? []).map((rule) => ({ ...rule, verdict: 'kept' as const }));
    const captures = audit.captures.map((capture) => ({ ...capture, truncated }));
    const stats = { ...audit.stats, kernelDrops: 0 };
    return renderReport({ ...audit, captures, stats, summary: { rules } }, 'terminal', PLAIN);
  };

  it('says that nothing was lost where nothing was, and not of a capture that was cut', async () => {
    expect(await kept(false)).toContain('none lost');
    const cut = await kept(true);
    expect(cut).not.toContain('none lost');
    expect(cut).toContain('1 capture not to the end');
  });
});
