// The pages as text: the sections of the report, addresses, and texts for missing data. In a browser: see pages-in-browser.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { renderHtml } from '../../../src/report/html/report-page.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { HOUR, type MadeSite, PLACES, siteOver } from './site.ts';

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit());
});
afterAll(() => site.close());

const textOf = async (path: string): Promise<string> => await (await fetch(`${site.url}${path}`)).text();

describe('the time line of a host', () => {
  const linesOf = async (path: string): Promise<string[]> => {
    const section = /<section id="timeline".*?<\/section>/s.exec(await textOf(path))?.[0] ?? '';
    const rows = section.match(/<tr>.*?<\/tr>/gs) ?? [];
    return rows.map((row) =>
      row
        .replaceAll(/<svg.*?<\/svg>/gs, '')
        .replaceAll(/<[^>]+>/g, ' ')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    );
  };

  it('has its tools, findings, diagnoses and gaps on one axis', async () => {
    const host = '10.20.1.5';
    const audit = sampleAudit();
    const { tools, providers } = audit.hosts.find((each) => each.host === host) ?? {
      tools: [],
      providers: [],
    };
    const findings = (audit.findings ?? []).filter((finding) => finding.host === host);
    const lines = await linesOf(`/hosts/${host}`);
    for (const { name, confidence } of [...tools, ...providers])
      expect(lines.filter((line) => line.startsWith(`${name} ${confidence} `))).toHaveLength(1);
    expect(findings.length).toBeGreaterThan(0);
    for (const { rule, result } of findings)
      expect(lines.some((line) => line.startsWith(result) && line.includes(`rule ${rule}`))).toBe(true);
    const { diagnoses } = JSON.parse(await textOf(`/api/v1/health?host=${host}`));
    expect(diagnoses.length).toBeGreaterThan(0);
    for (const { fault, effect } of diagnoses)
      expect(lines.some((line) => line.startsWith(`${fault} ${effect}, `))).toBe(true);
    expect(lines.at(-1)).toMatch(/^Not observed (no gap|\d+ gaps?, \d+ of \d+ hours)$/);
  });

  it('is left out where nothing was seen of the host', async () => {
    const { host = '' } =
      sampleAudit().hosts.find((each) => each.tools.length + each.providers.length === 0) ?? {};
    expect(await linesOf(`/hosts/${host}?since=2026-07-08&until=2026-07-09`)).toEqual([]);
  });
});

describe('pages without data', () => {
  const empty = {
    ...sampleDocument(),
    ...{ hosts: [], tools: [], coverage: [], recordsFrom: null, recordsUntil: null },
    period: { ...sampleDocument().period, since: null, until: null },
  };
  const now = {
    ...{ packetsPerSecond: 1, bitsPerSecond: 1, packets: 1, lost: 0, windowSeconds: 900 },
    windowEndSeconds: Date.now() / 1000 + 300,
  };
  const noteOf = async (own: MadeSite, path: string): Promise<string> =>
    (/<p class="note">.*?<\/p>/.exec(await (await fetch(`${own.url}${path}`)).text())?.[0] ?? '').replaceAll(
      /<[^>]+>/g,
      '',
    );

  it.each([
    ['of an empty store, the commands that write it', null, /No data is stored yet.* watch --write/],
    ['of a running sensor, the time of the first', now, /appears here in (300|2\d\d) s/],
  ])('state what comes, and when: %s', async (_, live, words) => {
    const own = await siteOver(empty, { rates: () => live });
    for (const path of ['/hosts', '/tools', '/findings', '/not-visible', '/services'])
      expect(await noteOf(own, path), path).toMatch(words);
    await own.close();
  });

  it('of a span without data lead to the stored data', async () => {
    const own = await siteOver({
      ...sampleAudit(),
      recordsFrom: '2026-07-08T00:00:00Z',
      recordsUntil: '2026-07-15T00:00:00Z',
    });
    expect(await noteOf(own, '/hosts?since=2020-01-01&until=2020-01-02')).toMatch(
      /^No data is stored for this period\. The stored data covers 8 July 08:00 to 15 July 08:00: show all of it\.$/,
    );
    expect(await noteOf(own, '/hosts')).toBe('');
    await own.close();
  });
});

describe('a tool in an address', () => {
  it('is named by id or displayed name, in any case', async () => {
    const byId = await textOf('/findings?tool=claude-code');
    for (const text of ['Claude%20Code', 'CLAUDE-CODE', 'claude_code'])
      expect(await textOf(`/findings?tool=${text}`)).toBe(byId);
    const answer = await textOf('/api/v1/findings?tool=claude-code');
    expect(await textOf('/api/v1/findings?tool=claude%20code')).toBe(answer);
    expect(await textOf('/tools/Claude%20Code')).toBe(await textOf('/tools/claude-code'));
  });

  it.each([
    ['/hosts?tool=claude-cod', 400],
    ['/?tool=Claude%20Cod', 400],
    ['/api/v1/hosts?tool=claud-code', 400],
    ['/api/v1/hosts.csv?tool=claud-code', 400],
    ['/compare?tool=claud-code', 400],
    ['/tools/claud-code', 404],
  ])('is refused with the near match where there is none: %s', async (path, status) => {
    const response = await fetch(`${site.url}${path}`);
    expect([response.status, await response.text()]).toEqual([
      status,
      expect.stringMatching(/the catalogue has no tool .*did you mean claude-code/is),
    ]);
  });
});

describe('pages', () => {
  it('have the sections of the report, word for word', async () => {
    const report = (await renderHtml(sampleAudit())).join('');
    const section = (text: string, id: string): string =>
      new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(text)?.[0].replace(/ href="[^"]*"/g, '') ??
      id;
    for (const [id, path] of [
      ['verdict', '/'],
      ['unseen', '/not-visible'],
      ['glossary', '/method'],
    ] as const)
      expect(section(await textOf(path), id).replaceAll(' class="sr">Not', '>Not')).toBe(section(report, id));
    const rows = (text: string): string[] =>
      [...text.matchAll(/<tr data-q=.*?<\/tr>/g)].map(([row]) => row.replace(/ href="[^"]*"/g, ''));
    expect(rows(await textOf('/hosts'))).toEqual(rows(report));
    expect(rows(report).length).toBeGreaterThan(5);
  });

  it.each(['/method', '/tools', '/not-visible'])('have their title once: %s', async (path) => {
    const shown = [...(await textOf(path)).matchAll(/<h[12](?![^>]* class="sr")[^>]*>([^<]*)/g)];
    expect(shown.map(([, title]) => title).filter((title) => title === shown[0]?.[1])).toHaveLength(1);
  });

  it('have no table without a row', async () => {
    const audit = sampleAudit();
    const hosts = audit.hosts.map((host) => ({
      ...host,
      tools: host.tools.map((use) => ({ ...use, confidence: 'possible' as const })),
    }));
    const hostsByConfidence = { certain: 0, likely: 0, possible: 1 };
    const own = await siteOver({
      ...{ ...audit, hosts },
      tools: audit.tools.map((tool) => ({ ...tool, hosts: 0, hostsByConfidence })),
    });
    const text = await (await fetch(`${own.url}/tools`)).text();
    expect(text).toContain('Only possible');
    expect(text).not.toMatch(/<tbody>\s*<\/tbody>/);
    await own.close();
  });

  it('lead to nothing that is not there', async () => {
    const asked = new Set<string>();
    for (const path of PLACES.slice(0, -1)) {
      // A separate server each: together they exceed the request limit of one client.
      const own = await siteOver(sampleAudit());
      const text = await (await fetch(`${own.url}${path}`)).text();
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      const targets = [...text.matchAll(/ (?:href|action|src)="([^"]*)"/g)].map(([, target = '']) =>
        target.replaceAll('&amp;', '&'),
      );
      expect(targets.filter((to) => to.startsWith('#') && !ids.has(to.slice(1)))).toEqual([]);
      expect(targets.filter((to) => !/^(#|\/|data:,$)/.test(to) || to.startsWith('//'))).toEqual([]);
      for (const target of new Set(targets.filter((to) => to.startsWith('/') && !asked.has(to))))
        expect([target, (await fetch(`${own.url}${target}`)).status]).toEqual([target, 200]);
      for (const target of targets) asked.add(target);
      await own.close();
    }
  });

  it('take a picked day and time, and show a span in the pickers, in the zone of the report', async () => {
    const picked = await textOf('/hosts?since=2026-07-10&since_time=09:30&until=&until_time=');
    expect(picked).toBe(await textOf('/hosts?since=2026-07-10T09:30'));
    expect(picked).toContain('<input type="date" name="since" value="2026-07-10">');
    expect(picked).toContain('<input type="time" name="since_time" value="09:30">');
    const instant = await textOf('/hosts?since=2026-07-09T16:00:00Z');
    expect(instant).toContain('name="since" value="2026-07-10"');
    expect(instant).toContain('name="since_time" value=""');
    expect((await fetch(`${site.url}/hosts?since=&since_time=09:30`)).status).toBe(200);
    expect((await fetch(`${site.url}/hosts?since=yesterday&since_time=09:30`)).status).toBe(400);
    expect(instant).toContain('>last hour</a>');
  });

  it('keep filters, order and span in their addresses', async () => {
    const text = await textOf('/findings?q=10.20.1&result=violation&since=2026-07-09');
    expect(text.match(/<details class="f[ "]/g)).toHaveLength(1);
    expect(text).toContain('name="since" value="2026-07-09"');
    expect(text).toContain('<option value="violation" selected>');
    expect(text).toContain('href="/hosts?since=2026-07-09"');
    const names = (html: string): string[] =>
      [...html.matchAll(/">([^<]+)<\/a><span class="grp"/g)].map(([, name = '']) => name);
    const bySent = names(await textOf('/tools?sort=sent'));
    const byMinutes = names(await textOf('/tools?sort=minutes'));
    expect(bySent.length).toBeGreaterThan(2);
    expect([...byMinutes].sort()).toEqual([...bySent].sort());
    expect(byMinutes).not.toEqual(bySent);
  });

  it.each([
    { sort: 'minutes', first: ['10.20.2.8', '10.20.1.5'], head: 'Active minutes' },
    { sort: '-minutes', first: ['10.20.2.31', '10.20.1.17'], head: 'Active minutes' },
    { sort: 'sent', first: ['10.20.2.8', '10.20.1.5'], head: 'Bytes sent' },
    { sort: 'findings', first: ['10.20.1.5', '10.20.1.17'], head: 'Findings' },
    { sort: '-address', first: ['fd00:20::42', '10.20.2.31'], head: null },
    { sort: 'name', first: ['10.20.1.23', 'fd00:20::42'], head: null },
  ])('put hosts in order by $sort, in page, CSV and JSON alike', async ({ sort, first, head }) => {
    const text = await textOf(`/hosts?sort=${sort}`);
    const shown = [...text.matchAll(/<a class="hb"[^>]*>([^<]+)</g)].map(([, host]) => host);
    expect(shown.slice(0, 2)).toEqual(first);
    expect(/<th scope="col" class="n ord">([^<]+)</.exec(text)?.[1] ?? null).toBe(head);
    expect(text).toContain('they do not rank people');
    const json = (await (await fetch(`${site.url}/api/v1/hosts?sort=${sort}`)).json()) as ReportDocument;
    expect(json.hosts.filter(({ tools }) => tools.length > 0).map(({ host }) => host)).toEqual(shown);
    const csv = await textOf(`/api/v1/hosts.csv?sort=${sort}`);
    const lines = csv.split('\r\n').slice(1, -1);
    expect([...new Set(lines.map((line) => line.split(',')[0]))]).toEqual(shown);
  });

  it('put findings and tools in order, and find a finding by its rule or result', async () => {
    const hosts = (text: string): (string | undefined)[] =>
      [...text.matchAll(/<span class="fh mono">([^<]+)</g)].map(([, host]) => host);
    expect(hosts(await textOf('/findings?sort=address'))).toEqual([
      ...['10.20.1.5', '10.20.1.17', '10.20.2.31', 'fd00:20::42'],
    ]);
    expect(hosts(await textOf('/findings?sort=-sent'))[0]).toBe('10.20.2.31');
    expect(hosts(await textOf('/findings?q=exempt'))).toEqual(['fd00:20::42']);
    expect(hosts(await textOf('/findings?q=ai-0710'))).toHaveLength(4);
    const tools = await textOf('/tools?sort=name');
    expect(tools).toContain('aria-sort="ascending"><a href="/tools?sort=-name"');
    expect(tools.indexOf('Claude Code')).toBeLessThan(tools.lastIndexOf('GitHub Copilot'));
  });

  it('have evidence with times and community ids as CSV', async () => {
    const [head, first] = (await textOf('/api/v1/evidence.csv?host=10.20.1.5')).split('\r\n');
    expect(head).toContain('first,last,flows,community_ids');
    expect(first).toContain('2026-07-08T01:12:03.000000Z');
    expect(first).toContain('1:aaaaaaaaaaaaaaaaaaaaaaaaaaa=');
  });

  it('have the command that tests the receivers of a running sensor, quoted for a shell', async () => {
    const own = await siteOver(sampleAudit(), { receivers: "/etc/it's mine/<b>.yaml" });
    const sensor = await (await fetch(`${own.url}/sensor`)).text();
    expect(sensor).toContain(
      '<code>wiretally alerts test --receivers &#39;/etc/it&#39;\\&#39;&#39;s mine/&lt;b&gt;.yaml&#39;</code>',
    );
    expect(await textOf('/sensor')).not.toContain('alerts test');
    await own.close();
  });

  it('have an axis of minutes for an hour, with what was not observed apart from zero', async () => {
    const gap = {
      from: '2026-07-10T02:20:00Z',
      to: '2026-07-10T02:25:00Z',
      reason: 'interfaceDown' as const,
    };
    const audit = sampleAudit();
    const document = {
      ...audit,
      coverage: audit.coverage.map((day) => (day.date === '2026-07-10' ? { ...day, gaps: [gap] } : day)),
    };
    const hour = await siteOver(document, {}, null, 0, null, HOUR);
    const axisOf = async (question: string) => {
      const text = await (await fetch(`${hour.url}/hosts?${question}`)).text();
      const [, data = '{}'] = /data-zoom="([^"]+)"/.exec(text) ?? [];
      return JSON.parse(data.replaceAll('&quot;', '"'));
    };
    const minutes = await axisOf('since=2026-07-10&until=2026-07-11');
    expect(minutes.values).toHaveLength(60);
    expect(minutes.values.slice(18, 31)).toEqual([19, 20, ...Array(5).fill(null), 0, 0, 0, 0, 0, 31]);
    expect(minutes.starts.at(0)).toBe('2026-07-10T02:00:00Z');
    expect(minutes.starts.at(-1)).toBe('2026-07-10T03:00:00Z');
    expect(minutes.short[5]).toBe('10:05');
    // Longer than two days: by day, whatever connections are known.
    expect((await axisOf('since=2026-07-09&until=2026-07-13')).starts.at(0)).toBe('2026-07-09');
    // Another tool has no connections.
    expect(await axisOf('since=2026-07-10&until=2026-07-11&tool=cursor')).toEqual({});
    await hour.close();
  });

  it('lead into a day, and on from there: earlier, later, zoom out', async () => {
    const hosts = await textOf('/hosts?group=rnd');
    expect(hosts).toContain('href="/hosts?since=2026-07-10&amp;until=2026-07-11&amp;group=rnd"');
    expect(hosts).not.toContain('>zoom out</a>');
    const day = await textOf('/hosts?since=2026-07-10&group=rnd');
    const way = (words: string): string =>
      new RegExp(`href="([^"]+)">${words}</a>`).exec(day)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const span = (words: string): number[] =>
      ['since', 'until'].map((name) =>
        Date.parse(new URL(way(words), site.url).searchParams.get(name) ?? ''),
      );
    const [[from = 0, to = 0], [next = 0, end = 0], [wideFrom = 0, wideTo = 0]] = [
      span('earlier'),
      span('later'),
      span('zoom out'),
    ] as [number[], number[], number[]];
    expect(to).toBe(Date.parse('2026-07-09T16:00:00Z'));
    expect(next - to).toBe(to - from);
    expect(end - next).toBe(to - from);
    expect(wideTo - wideFrom).toBe(2 * (to - from));
    expect(way('later')).toContain('group=rnd');
  });

  it('omit no evidence of a tool on many hosts: the rest is on the next page', async () => {
    const audit = sampleAudit();
    const user = audit.hosts.find(({ tools }) => tools.some(({ tool }) => tool === 'claude-code'));
    if (user === undefined) throw new Error('the sample has no such host');
    const names = Array.from({ length: 130 }, (_, i) => `10.99.0.${i + 1}`);
    const many = await siteOver({ ...audit, findings: [], hosts: names.map((host) => ({ ...user, host })) });
    const pages = [1, 2].map(async (page) =>
      (await fetch(`${many.url}/tools/claude-code?page=${page}`)).text(),
    );
    const shown = (await Promise.all(pages)).map(
      (text) =>
        /<section id="evidence"[\s\S]*?<\/section>/.exec(text)?.[0].match(/<details class="f[ "]/g)?.length,
    );
    expect(shown).toEqual([100, 30]);
    await many.close();
  });

  it.each([
    ['/hosts?since=yesterday', 'Since must be a date or a time.'],
    ['/hosts?since=2026-07-10&until=2026-07-09', 'Since must be before until.'],
    ['/hosts?page=0', 'Page must be a whole number of at least 1.'],
    ['/tools?sort=beauty', 'Sort must be one of address, name, tool, hosts,'],
    [`/hosts?q=${'x'.repeat(300)}`, 'Q is longer than 256 characters.'],
  ])('refuse %s with a word', async (path, words) => {
    const answer = await fetch(`${site.url}${path}`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(words);
  });

  it('say of a host and of a tool that were not seen that they were not', async () => {
    for (const path of [
      '/hosts/10.9.9.9',
      '/tools/no-such-tool',
      '/api/v1/hosts/%00',
      '/hosts/..%2f..%2fetc%2fpasswd',
    ])
      expect((await fetch(`${site.url}${path}`)).status).toBe(404);
  });

  it('show the older document when the source fails, and say so', async () => {
    const own = await siteOver(sampleAudit());
    await own.change(sampleDocument());
    expect(await (await fetch(`${own.url}/findings`)).text()).toContain('No policy was given');
    Object.defineProperty(own.documents, 'trouble', { value: new Error('the disk is gone'), writable: true });
    expect(await (await fetch(own.url)).text()).toContain(
      'the source cannot be read again: the disk is gone',
    );
    await own.close();
  });
});
