// The page in Debian's browser: opened from disk, no requests, no foreign code, accessible.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERDICT_LIMITS } from '../../../src/model/findings.ts';
import type { HostReport, ReportDocument } from '../../../src/model/report.ts';
import { renderSummary } from '../../../src/report/html/compliance-summary.ts';
import { renderEmployeePage } from '../../../src/report/html/employee.ts';
import { renderHtml } from '../../../src/report/html/report-page.ts';
import { LANGUAGES, type Language } from '../../../src/report/text/languages.ts';
import { hasBrowser, type OpenPage, openPage, startBrowser } from '../../browser.ts';
import { sampleAudit, sampleDocument, sampleEmployee } from './sample-document.ts';
import { wholeDocument } from './whole-document.ts';

/** Only IPv6, long names, and names of several scripts. */
function wideOffice(): ReportDocument {
  const audit = sampleAudit();
  const wide = (host: string): string =>
    `2001:db8:aaaa:bbbb:cccc:dddd:eeee:1${String(audit.hosts.findIndex((each) => each.host === host)).padStart(3, '0')}`;
  return {
    ...audit,
    hosts: audit.hosts.map((host) => ({
      ...host,
      host: wide(host.host),
      name: `${'开发'.repeat(20)}.${'x'.repeat(200)}`,
    })),
    captures: audit.captures.map((capture) => ({ ...capture, file: `/${'x'.repeat(200)}` })),
    findings: (audit.findings ?? []).map((finding) => ({ ...finding, host: wide(finding.host) })),
  };
}

const pageOf = async (document: ReportDocument, language: Language = 'en'): Promise<string> =>
  (await renderHtml(document, { language })).join('');

/** Hosts with incompressible differences. */
function largeOffice(count: number): ReportDocument {
  const audit = sampleAudit();
  const sums = (i: number): string => `1:${createHash('sha1').update(String(i)).digest('base64')}`;
  const hosts = Array.from({ length: count }, (_, i) => {
    const like = audit.hosts[i % audit.hosts.length];
    if (like === undefined) throw new Error('the sample has no hosts');
    const host = `10.${(i >> 16) + 30}.${(i >> 8) & 255}.${i & 255}`;
    const uses = (all: HostReport['tools']): HostReport['tools'] =>
      all.map((use) => ({
        ...use,
        evidence: use.evidence.map((item, e) => ({
          ...item,
          communityIds: Array.from({ length: 8 }, (_each, c) => sums(i * 64 + e * 8 + c)),
        })),
      }));
    return { ...like, host, name: `pc-${i}`, tools: uses(like.tools), providers: uses(like.providers) };
  });
  const findings = hosts.flatMap(({ host }, i) =>
    (audit.findings ?? [])
      .filter((finding) => finding.host === audit.hosts[i % audit.hosts.length]?.host)
      .map((finding) => ({ ...finding, host, id: `${finding.rule}/${host}` })),
  );
  return { ...audit, hosts, findings };
}

const RESULTS = ['violation', 'suspected', 'grace', 'exempt', 'telemetryOnly'] as const;

/** 200 hosts and 30 tools under 20 rules with long titles, and every reason against a verdict. */
function crowdedOffice(): ReportDocument {
  const { hosts, findings } = largeOffice(200);
  const audit = sampleAudit();
  const [rule, tool, summary] = [audit.policy?.rules[0], audit.tools[0], audit.summary?.rules[0]];
  if (rule === undefined || tool === undefined || summary === undefined || audit.policy === undefined)
    throw new Error('the sample has no policy');
  const wide = (i: number): string => `2001:db8:aaaa:bbbb:cccc:dddd:eeee:${1000 + i}`;
  const ids = Array.from({ length: 20 }, (_, i) => `RULE-${i}`);
  const [first] = findings ?? [];
  if (first === undefined) throw new Error('the sample has no finding');
  const reasons = VERDICT_LIMITS.map((reason) => ({
    reason,
    share: 0.5,
    detail: '3',
    since: '2026-07-13T00:00:00Z',
  }));
  return {
    ...audit,
    command: `analyze ${'folder/'.repeat(100)}`,
    hosts: hosts.map((host, i) => ({ ...host, host: wide(i), name: `${'x'.repeat(60)}${i}` })),
    tools: Array.from({ length: 30 }, (_, i) => ({
      ...tool,
      name: `${'A long name of a tool '.repeat(3)}${i}`,
    })),
    findings: ids.flatMap((id, r) =>
      RESULTS.flatMap((result, k) =>
        [0, 1, 2].map((i) => ({
          ...first,
          rule: id,
          result,
          host: wide(r * 10 + k * 3 + i),
          id: `${id} ${result} ${i}`,
        })),
      ),
    ),
    policy: {
      ...audit.policy,
      name: 'A policy with a name that nobody can read '.repeat(5),
      rules: ids.map((id, i) => ({
        ...rule,
        ...{
          id,
          title: 'A title that is as long as a policy permits '.repeat(4),
          owner: 'somebody'.repeat(12),
        },
        ...(i === 1 ? { via: ['10.0.0.1'] } : i === 2 ? { telemetry: 'off' as const } : {}),
        ...(i === 3 ? { services: 'chat' } : {}),
      })),
    },
    summary: { rules: ids.map((id) => ({ ...summary, rule: id, verdict: 'violated' as const, reasons })) },
  };
}

describe.skipIf(!hasBrowser())('a page in a browser', () => {
  let browser: Browser;
  let folder: string;
  const pages: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wiretally-html-'));
    const texts: Readonly<Record<string, string>> = {
      audit: await pageOf(sampleAudit()),
      seen: await pageOf(sampleDocument()),
      german: await pageOf(wholeDocument(true), 'de'),
      chinese: await pageOf(wholeDocument(false), 'zh'),
      wide: await pageOf(wideOffice()),
      large: await pageOf(largeOffice(1000)),
      whole: (await renderHtml(largeOffice(2400), { hasWholeData: true })).join(''),
      summary: await renderSummary(sampleAudit()),
      summaryInGerman: await renderSummary(sampleAudit(), { language: 'de' }),
      ...Object.fromEntries(
        await Promise.all(
          LANGUAGES.map(async (language) => [
            `crowded-${language}`,
            await renderSummary(crowdedOffice(), { language }),
          ]),
        ),
      ),
      employee: await renderEmployeePage(sampleEmployee()),
    };
    for (const [name, text] of Object.entries(texts)) {
      const file = join(folder, `${name}.html`);
      writeFileSync(file, text);
      pages[name] = pathToFileURL(file).href;
    }
    browser = await startBrowser();
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  const open = (name: string, options?: Parameters<Browser['newPage']>[0]): Promise<OpenPage> =>
    openPage(browser, pages[name] ?? '', options);

  it.each(['audit', 'seen', 'german', 'chinese', 'summary', 'employee'])(
    '%s asks nothing of the network and complains of nothing',
    async (name) => {
      const { page, requests, complaints } = await open(name);
      expect(requests).toEqual([pages[name]]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  // Contrast is a matter of the scheme, and order and size of the width: the richest page has all four.
  it.each(
    ['audit', 'seen', 'german', 'chinese', 'summary', 'employee'].flatMap((name) =>
      (['light', 'dark'] as const).flatMap((colorScheme) =>
        [1240, 390]
          .filter((width) => name === 'audit' || (width === 390) === (colorScheme === 'dark'))
          .map((width) => ({ name, colorScheme, width })),
      ),
    ),
  )(
    '$name has no accessibility violation: $colorScheme, $width wide, details open',
    async ({ name, colorScheme, width }) => {
      // axe is external; the page's own policy would rightly block it.
      const { page } = await open(name, { colorScheme, viewport: { width, height: 1000 }, bypassCSP: true });
      await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
      await page.evaluate(axe.source);
      const found = await page.evaluate(
        'axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes[0].html))',
      );
      expect(found).toEqual([]);
      await page.close();
    },
  );

  it.each(['audit', 'seen', 'wide', 'german', 'chinese', 'summary', 'employee'])(
    '%s is no wider than a phone',
    async (name) => {
      const { page } = await open(name, { viewport: { width: 390, height: 844 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      await page.close();
    },
  );

  it('says what its script does in the language of the page', async () => {
    const { page } = await open('german');
    await page.fill('#hq', '10.20.1.5');
    expect(await page.textContent('#hn')).toMatch(/^\d+ Rechner, \d+ Zeilen?$/);
    await page.fill('#hq', '');
    const all = page.locator('[data-open="findings"]');
    expect(await all.textContent()).toBe('Alle öffnen');
    await all.click();
    expect(await all.textContent()).toBe('Alle schließen');
    const labels = new Set(await page.locator('.csv, .cpy .btn').allTextContents());
    expect([...labels].filter((label) => / as CSV|This|Copy/.test(label))).toEqual([]);
    expect([...labels]).toEqual(expect.arrayContaining(['Diese Tabelle als CSV', 'Kopieren']));
    await page.close();
  });

  it('draws its chart and a cell for every day', async () => {
    const { page } = await open('audit');
    expect(
      await page.locator('svg.chart rect.c-bef, svg.chart rect.c-grc, svg.chart rect.c-vio').count(),
    ).toBeGreaterThan(3);
    expect(await page.locator('.heat tbody tr[data-q]').first().locator('td.c').count()).toBe(14);
    await page.close();
  });

  it('finds hosts, filters findings and goes down to the evidence', async () => {
    const { page } = await open('audit');
    await page.fill('#hq', 'github copilot');
    expect(await page.locator('.heat tbody tr[data-q]:visible').count()).toBe(1);
    await page.fill('#hq', '');
    await page.click('[data-f=susp]');
    expect(await page.locator('#findings details:visible').count()).toBe(1);
    await page.click('[data-f=""]');
    await page.locator('a.hb', { hasText: '10.20.1.5' }).click();
    expect(await page.locator('#findings details[open]').first().textContent()).toContain(
      'tools/claude-code.json',
    );
    await page.close();
  });

  it('can be read without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(pages.audit ?? '');
    expect(await page.locator('#findings details').count()).toBe(4);
    await page.locator('#findings summary').first().click();
    expect(await page.locator('#findings .fb').first().isVisible()).toBe(true);
    expect(await page.locator('#hq').isVisible()).toBe(false);
    await context.close();
  });

  it('hands out its data as the same document', async () => {
    const { page } = await open('audit');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#json')]);
    const path = await download.path();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(sampleAudit())));
    await page.close();
  });

  it('hands out all data of a page that was made with it, however large, and opens at once', async () => {
    const { page, complaints } = await open('whole');
    expect(await page.locator('script.data').count()).toBeGreaterThan(1);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#json')]);
    const path = await download.path();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(largeOffice(2400))));
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('keeps search, filter and order behind the # of its address, and shows them again', async () => {
    const { page, complaints } = await open('audit');
    await page.fill('#hq', 'dev-');
    await page.click('[data-f=viol]');
    await page.click('#tools thead button:text-is("Tool")');
    await page.click('#tools thead button:text-is("Tool")');
    const address = page.url();
    expect(address).toContain('#?q=dev-&f=viol&sort=-Tool');
    const shown = async (on: typeof page): Promise<unknown> => ({
      hosts: await on.locator('.heat tbody tr[data-q]:visible').allTextContents(),
      findings: await on.locator('#findings .f:visible .fh').allTextContents(),
      tools: await on.locator('#tools tbody th').allTextContents(),
      told: await on.textContent('#hn'),
    });
    const was = await shown(page);
    expect(was).toMatchObject({ findings: ['10.20.1.5 dev-05'], told: expect.stringMatching(/^2 hosts, /) });
    await page.close();
    const again = await openPage(browser, address);
    expect(await shown(again.page)).toEqual(was);
    expect([...complaints, ...again.complaints]).toEqual([]);
    await again.page.close();
  });

  it('gives any table as CSV, of what is shown, with harmless cells', async () => {
    const { page } = await open('audit');
    const csvOf = async (selector: string): Promise<string[]> => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
      return readFileSync(await download.path(), 'utf8').split('\r\n');
    };
    const tools = await csvOf('#tools .csv');
    expect(tools[0]).toContain('Tool,Policy,Hosts');
    expect(tools).toHaveLength(1 + sampleAudit().tools.length + 1);
    await page.fill('#hq', '10.20.1.5');
    const hosts = await csvOf('#hosts .csv');
    expect(hosts[0]).toContain('Wed 8 July 2026');
    expect(hosts[0]).toContain('"other tools, Wed 8 July 2026"');
    expect(hosts).toHaveLength(3);
    await page.locator('#findings summary:visible').first().click();
    const [head, first] = await csvOf('#findings .f[open] .csv');
    expect(head).toContain('When, and in which flows');
    expect(first).toContain('1:aaaaaaaaaaaaaaaaaaaaaaaaaaa=');
    await page.close();
  });

  it.each([true, false])('copies a filter for another program, secure context: %s', async (isSecure) => {
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    if (!isSecure)
      await page.addInitScript("Object.defineProperty(window, 'isSecureContext', { value: false })");
    await page.goto(pages.audit ?? '');
    await page.locator('#findings summary').first().focus();
    await page.keyboard.press('Enter');
    const button = page.locator('#findings .f[open] [data-copy="Wireshark, whole flows"] button');
    await button.focus();
    await page.keyboard.press('Enter');
    await page.locator('#findings button:text-is("Copied")').waitFor();
    expect(await button.getAttribute('aria-label')).toBe('Copied: Wireshark, whole flows');
    const copied = await page.evaluate(
      "Object.defineProperty(window, 'isSecureContext', { value: true }) && navigator.clipboard.readText()",
    );
    expect(copied).toBe('communityid in {"1:aaaaaaaaaaaaaaaaaaaaaaaaaaa="}');
    await context.close();
  });

  const sheetsOf = async (page: Page): Promise<number> =>
    ((await page.pdf({ preferCSSPageSize: true })).toString('latin1').match(/\/Type \/Page\b/g) ?? []).length;

  it.each([
    ['audit', 8],
    ['large', 10],
    ['seen', 10],
  ])('prints %s on at most %i sheets', async (name, most) => {
    const { page } = await open(name);
    expect(await sheetsOf(page)).toBeLessThanOrEqual(most);
    await page.close();
  });

  it.each([true, false])(
    'prints findings with their evidence, with scripts: %s',
    async (javaScriptEnabled) => {
      const { page } = await open('audit', { javaScriptEnabled });
      await page.emulateMedia({ media: 'print' });
      const evidence = page.locator('#findings .f:not(.np) .fb').first();
      expect(await evidence.isVisible()).toBe(true);
      const box = await evidence.boundingBox();
      expect(box?.height).toBeGreaterThan(60);
      // Texts to copy are for a screen.
      expect(await page.locator('.cps:visible, #evidence:visible, .btn:visible').count()).toBe(0);
      await page.close();
    },
  );

  it('opens evidence for the printer, and closes it after', async () => {
    const { page } = await open('audit');
    const openLines = (): Promise<number> => page.locator('.f[open]').count();
    await page.locator('#findings summary').first().click();
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await openLines()).toBe(await page.locator('.f:not(.np)').count());
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await openLines()).toBe(1);
    await page.close();
  });

  it('repeats the heads of tables, and keeps them with their rows', async () => {
    const { page } = await open('large');
    await page.emulateMedia({ media: 'print' });
    const of = (selector: string, name: string): Promise<string[]> =>
      page.evaluate(
        `[...new Set([...document.querySelectorAll('${selector}')].map((each) => getComputedStyle(each).getPropertyValue('${name}')))]`,
      );
    const styles = {
      heads: await of('thead', 'display'),
      firstRows: await of('tbody tr:first-child', 'break-before'),
      rows: await of('tr', 'break-inside'),
      titles: await of('h2', 'break-after'),
      end: await of('footer', 'break-before'),
    };
    expect(styles).toEqual({
      heads: ['table-header-group'],
      firstRows: ['avoid'],
      rows: ['avoid'],
      titles: ['avoid'],
      end: ['avoid'],
    });
    await page.close();
  });

  it.each(['summary', 'summaryInGerman', 'employee', ...LANGUAGES.map((language) => `crowded-${language}`)])(
    '%s fits on one sheet of paper',
    async (name) => {
      const { page } = await open(name);
      expect(await sheetsOf(page)).toBe(1);
      await page.close();
    },
  );
});
