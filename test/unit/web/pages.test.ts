// The pages in Debian's browser: the sections of the report, nothing asked of others, nothing run that is not ours.
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../../src/report/html/page.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser) console.log(`skipped: ${CHROMIUM} is not installed (apt-get install chromium)`);

const PLACES = [
  '/',
  '/hosts',
  '/hosts/10.20.1.5',
  '/tools',
  '/tools/claude-code',
  '/findings',
  '/not-visible',
  '/sensor',
  '/method',
  '/search?q=claude',
  '/no-such-page',
];

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit());
});
afterAll(() => site.close());

const textOf = async (path: string): Promise<string> => await (await fetch(`${site.url}${path}`)).text();

describe('pages', () => {
  it('have the sections of the report, word for word', async () => {
    const report = await renderHtml(sampleAudit());
    const section = (text: string, id: string): string =>
      new RegExp(`<section id="${id}"[\\s\\S]*?</section>`).exec(text)?.[0].replace(/ href="[^"]*"/g, '') ??
      id;
    for (const [id, path] of [
      ['verdict', '/'],
      ['unseen', '/not-visible'],
      ['glossary', '/method'],
    ] as const)
      expect(section(await textOf(path), id)).toBe(section(report, id));
    const rows = (text: string): string[] =>
      [...text.matchAll(/<tr data-q=.*?<\/tr>/g)].map(([row]) => row.replace(/ href="[^"]*"/g, ''));
    expect(rows(await textOf('/hosts'))).toEqual(rows(report));
    expect(rows(report).length).toBeGreaterThan(5);
  });

  it('lead to nothing that is not there', async () => {
    for (const path of PLACES.slice(0, -1)) {
      const text = await textOf(path);
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
      const targets = [...text.matchAll(/ (?:href|action|src)="([^"]*)"/g)].map(([, target = '']) =>
        target.replaceAll('&amp;', '&'),
      );
      expect(targets.filter((to) => to.startsWith('#') && !ids.has(to.slice(1)))).toEqual([]);
      expect(targets.filter((to) => !/^(#|\/|data:,$)/.test(to) || to.startsWith('//'))).toEqual([]);
      for (const target of new Set(targets.filter((to) => to.startsWith('/'))))
        expect([target, (await fetch(`${site.url}${target}`)).status]).toEqual([target, 200]);
    }
  });

  it('keep filters, order and span in their addresses', async () => {
    const text = await textOf('/findings?q=10.20.1&result=violation&since=2026-07-09');
    expect(text.match(/<details class="f"/g)).toHaveLength(1);
    expect(text).toContain('name="since" value="2026-07-09"');
    expect(text).toContain('<option value="violation" selected>');
    expect(text).toContain('href="/hosts?since=2026-07-09"');
    const names = (html: string): string[] =>
      [...html.matchAll(/"><b>([^<]+)<\/b><\/a><span/g)].map(([, name = '']) => name);
    const bySent = names(await textOf('/tools?sort=sent'));
    const byMinutes = names(await textOf('/tools?sort=minutes'));
    expect(bySent.length).toBeGreaterThan(2);
    expect([...byMinutes].sort()).toEqual([...bySent].sort());
    expect(byMinutes).not.toEqual(bySent);
  });

  it('leave out no evidence of a tool on many hosts: what has no room is on the next page', async () => {
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
        /<section id="evidence"[\s\S]*?<\/section>/.exec(text)?.[0].match(/<details class="f"/g)?.length,
    );
    expect(shown).toEqual([100, 30]);
    await many.close();
  });

  it.each([
    ['/hosts?since=yesterday', 'Since must be a date or a time.'],
    ['/hosts?since=2026-07-10&until=2026-07-09', 'Since must be before until.'],
    ['/hosts?page=0', 'Page must be a whole number from 1 on.'],
    ['/tools?sort=beauty', 'Sort must be one of hosts, minutes, sent, received.'],
    [`/hosts?q=${'x'.repeat(300)}`, 'Q is longer than 256 signs.'],
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
    expect(await (await fetch(own.url)).text()).toContain('the source cannot be read anew: the disk is gone');
    await own.close();
  });
});

describe.skipIf(!hasBrowser)('pages in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });
  afterAll(() => browser.close());

  async function open(
    path: string,
    options: Parameters<Browser['newPage']>[0] = {},
  ): Promise<[Page, string[], string[]]> {
    const page = await browser.newPage(options);
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(`${site.url}${path}`);
    return [page, requests, complaints];
  }

  it.each(PLACES.slice(0, -1))('%s asks only its own server, and complains of nothing', async (path) => {
    const [page, requests, complaints] = await open(path);
    expect(requests.filter((url) => !url.startsWith(`${site.url}/`) && url !== 'data:,')).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it.each(
    PLACES.flatMap((path) => [
      { path, colorScheme: 'light' as const, width: 1240 },
      { path, colorScheme: 'dark' as const, width: 390 },
    ]),
  )(
    '$path has no accessibility violation and fits: $colorScheme, $width wide',
    async ({ path, colorScheme, width }) => {
      // axe comes from outside; the page's own policy would rightly keep it out.
      const [page] = await open(path, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
      await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
      await page.evaluate(axe.source);
      const found = await page.evaluate(
        'axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes[0].html))',
      );
      expect(found).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await page.close();
    },
  );

  it('shows names that mean harm as text', async () => {
    const [page, , complaints] = await open('/search?q=%3Cscript%3Ealert(1)%3C/script%3E');
    expect(await page.locator('h1 + p').textContent()).toContain('<script>alert(1)</script>');
    await page.goto(`${site.url}/hosts`);
    expect(await page.locator('.hn', { hasText: '<script>alert(1)</script>⟨U+202E⟩' }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('can be read, searched and filtered without script, by keyboard alone', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(site.url);
    await page.focus('#search');
    await page.keyboard.type('copilot');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/search?q=copilot');
    await page.locator('.results a').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/tools/github-copilot');
    await page.goto(`${site.url}/findings`);
    await page.selectOption('select[name=result]', 'suspected');
    await page.locator('form.ask button', { hasText: 'Filter' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/findings?*result=suspected*');
    expect(await page.locator('#findings details').count()).toBe(1);
    await context.close();
  });

  it('takes what is new by itself, says when the server is gone, and finds it again', async () => {
    const own = await siteOver(sampleDocument());
    const port = Number(new URL(own.url).port);
    const page = await browser.newPage();
    await page.goto(`${own.url}/findings`);
    expect(await page.textContent('#main')).toContain('No policy was given');
    await own.change({ ...sampleAudit(), generated: '2026-07-14T10:05:00.000000Z' });
    await page.waitForSelector('#main details.f');
    expect(await page.textContent('#live')).toMatch(/^As of /);
    await own.close();
    await page.waitForSelector('#live.susp');
    expect(await page.textContent('#live')).toMatch(/^Stale since /);
    const again = await siteOver(sampleDocument(), {}, null, port);
    // Another version than the one that is shown.
    await again.change(sampleDocument());
    await again.change(sampleDocument());
    await page.waitForSelector('#main :text("No policy was given")');
    expect(await page.getAttribute('#live', 'class')).not.toContain('susp');
    await page.close();
    await again.close();
  });

  it('changes nothing under the hands of whoever moves through it: a button offers what is new', async () => {
    const own = await siteOver(sampleDocument());
    const page = await browser.newPage();
    await page.goto(`${own.url}/findings`);
    await page.focus('#main a');
    await own.change(sampleAudit());
    await page.waitForSelector('#live button');
    expect(await page.textContent('#main')).toContain('No policy was given');
    await page.focus('#live button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#main details.f');
    await page.close();
    await own.close();
  });
});
