// Compares the API with its own description.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ReportDocument } from '../../../src/model/report.ts';
import { TABLES } from '../../../src/web/api/csv-tables.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

interface Described {
  readonly paths: Record<
    string,
    { get: { responses: Record<string, { content: Record<string, { schema: { $ref?: string } }> }> } }
  >;
  readonly components: { readonly schemas: Record<string, z.core.JSONSchema.JSONSchema> };
}

let site: MadeSite;
let described: Described;
beforeAll(async () => {
  site = await siteOver(sampleAudit());
  described = (await (await fetch(`${site.url}/api/v1/openapi.json`)).json()) as Described;
});
afterAll(() => site.close());

const SPANS = '?since=2026-07-11&until=2026-07-15&against_since=2026-07-08&against_until=2026-07-11';
const PARTS = { host: '10.20.1.5', tool: 'claude-code' };

/** The shape that the description gives an answer. */
function shapeOf(path: string, status: string): z.ZodType {
  const schema = described.paths[path]?.get.responses[status]?.content['application/json']?.schema;
  const name = schema?.$ref?.split('/').at(-1) ?? '';
  const shape = described.components.schemas[name];
  if (shape === undefined) throw new Error(`${path} ${status} has no shape`);
  return z.fromJSONSchema(shape);
}

describe('the interface for programs', () => {
  it('answers as it describes, with and without a policy', async () => {
    const paths = Object.keys(described.paths).filter((path) => /^\/api\/(?!.*\.csv$)/.test(path));
    expect(paths).toHaveLength(11);
    const plain = await siteOver(sampleDocument());
    for (const path of paths) {
      for (const { url } of [site, plain]) {
        const target = `${path.replace('{host}', PARTS.host).replace('{tool}', PARTS.tool)}${path.endsWith('/compare') ? SPANS : ''}`;
        const answer = await fetch(`${url}${target}`);
        expect([target, answer.status]).toEqual([target, 200]);
        expect(shapeOf(path, '200').safeParse(await answer.json()).error).toBeUndefined();
      }
    }
    await plain.close();
  });

  it('tells health, metrics and events as it describes', async () => {
    const paths = Object.keys(described.paths).filter((path) => !path.startsWith('/api/'));
    expect(paths).toEqual(['/healthz', '/readyz', '/metrics', '/events']);
    for (const path of paths) {
      const ended = new AbortController();
      const answer = await fetch(`${site.url}${path}`, { signal: ended.signal });
      const [type] = Object.keys(described.paths[path]?.get.responses[200]?.content ?? {});
      expect([path, answer.status, answer.headers.get('content-type')?.split(';')[0]]).toEqual([
        path,
        200,
        type,
      ]);
      const first = await answer.body?.getReader().read();
      expect(first?.value?.length).toBeGreaterThan(0);
      ended.abort();
    }
  });

  it('says in each answer that the source cannot be read again', async () => {
    const own = await siteOver(sampleAudit());
    await own.change(sampleAudit());
    const trouble = 'the disk is gone';
    Object.defineProperty(own.documents, 'trouble', { value: new Error(trouble), writable: true });
    for (const path of ['report', 'hosts', 'tools', 'findings', 'not-visible', `compare${SPANS}`, 'health']) {
      const answer: unknown = await (await fetch(`${own.url}/api/v1/${path}`)).json();
      expect(answer).toMatchObject({ trouble });
      const [name] = path.split('?');
      expect(shapeOf(`/api/v1/${name}`, '200').safeParse(answer).error).toBeUndefined();
    }
    const table = await fetch(`${own.url}/api/v1/hosts.csv`);
    expect(table.headers.get('warning')).toBe('110 - "Response is Stale"');
    expect((await fetch(`${site.url}/api/v1/hosts.csv`)).headers.has('warning')).toBe(false);
    await own.close();
  });

  it('says in each answer what was not read, as the page does', async () => {
    const reading = {
      interrupted: true,
      incomplete: [{ file: 'cut.pcap', reason: 'unread', lastPacket: null }],
      filter: 'net 10.20.0.0/16',
      leftOut: { files: 1, first: ['notes.txt'] },
    } as const;
    const own = await siteOver({ ...sampleAudit(), ...reading });
    const page = await (await fetch(`${own.url}/not-visible`)).text();
    for (const word of ['cut.pcap', 'net 10.20.0.0/16', 'notes.txt']) expect(page).toContain(word);
    const { host, tool } = PARTS;
    const paths = ['hosts', `hosts/${host}`, 'tools', `tools/${tool}`, 'findings', 'not-visible', 'health'];
    for (const path of [...paths, 'report', `compare${SPANS}`]) {
      const answer: unknown = await (await fetch(`${own.url}/api/v1/${path}`)).json();
      expect([path, answer]).toEqual([path, expect.objectContaining(reading)]);
      const described = path.replace(host, '{host}').replace(tool, '{tool}').replace(SPANS, '');
      expect(shapeOf(`/api/v1/${described}`, '200').safeParse(answer).error).toBeUndefined();
    }
    const answer: unknown = await (await fetch(`${own.url}/api/v1/not-visible`)).json();
    expect(answer).toMatchObject({ captures: JSON.parse(JSON.stringify(sampleAudit().captures)) });
    for (const table of Object.keys(TABLES)) {
      const { headers } = await fetch(`${own.url}/api/v1/${table}.csv`);
      expect(headers.get('warning')).toMatch(/^199 - .* was interrupted", 199 - .* match a filter /);
    }
    await own.close();
  });

  it('describes fields exactly: an undeclared one is found', () => {
    const shape = shapeOf('/api/v1/report', '200');
    expect(shape.safeParse(JSON.parse(JSON.stringify(sampleAudit()))).success).toBe(true);
    expect(shape.safeParse({ ...JSON.parse(JSON.stringify(sampleAudit())), more: 1 }).success).toBe(false);
  });

  it('gives the document of the report, whole and narrowed', async () => {
    const ask = async (query: string): Promise<ReportDocument> =>
      (await (await fetch(`${site.url}/api/v1/report${query}`)).json()) as ReportDocument;
    expect(await ask('')).toEqual(JSON.parse(JSON.stringify(sampleAudit())));
    const part = await ask('?host=10.20.1.5&tool=claude-code');
    expect(part.hosts.map(({ host }) => host)).toEqual(['10.20.1.5']);
    expect(part.tools.map(({ tool }) => tool)).toEqual(['claude-code']);
  });

  it('refuses as it describes', async () => {
    const answer = await fetch(`${site.url}/api/v1/hosts?since=never`);
    expect(answer.status).toBe(400);
    const refusal = (await answer.json()) as { error: { what: string } };
    expect(shapeOf('/api/v1/hosts', 'default').safeParse(refusal).error).toBeUndefined();
    expect(refusal.error.what).toBe('since must be a date or a time');
  });

  it.each([...Object.keys(TABLES), 'compare'])('has %s as CSV, with harmless cells', async (table) => {
    const answer = await fetch(`${site.url}/api/v1/${table}.csv${table === 'compare' ? SPANS : ''}`);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (await answer.text()).split('\r\n');
    expect(lines.length).toBeGreaterThan(2);
    const width = lines[0]?.split(',').length;
    for (const line of lines.slice(1, -1).filter((each) => !each.includes('"')))
      expect(line.split(',')).toHaveLength(width ?? 0);
    for (const line of lines) expect(line).not.toMatch(/(^|,)[=+@]/);
  });

  it.each([
    { query: '', what: 'a comparison needs two spans' },
    { query: '?since=2026-07-11&against_since=never', what: 'against_since must be a date or a time' },
    {
      query: '?since=2026-07-11&against_since=2026-07-12',
      what: 'against_since must be before against_until',
    },
    {
      query: '?since=2026-07-11&against_since=2026-07-10&against_until=2026-07-12',
      what: 'must end before the other begins',
    },
  ])('compares nothing that cannot be: $query', async ({ query, what }) => {
    const answer = await fetch(`${site.url}/api/v1/compare${query}`);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: { what: string } }).error.what).toContain(what);
  });

  it('says whether it is alive, and whether it is ready', async () => {
    expect((await fetch(`${site.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${site.url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${site.url}/api/v1/status`)).json()).toMatchObject({
      isReady: true,
      trouble: null,
    });
  });
});
