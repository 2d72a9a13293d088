// The page in Debian's browser: opened from disk, nothing asked, nothing run that is not ours, readable by everyone.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../src/model/report.ts';
import { renderEmployeePage } from '../../../src/report/html/employee.ts';
import { renderHtml } from '../../../src/report/html/page.ts';
import { renderSummary } from '../../../src/report/html/summary.ts';
import { hasBrowser, type OpenPage, openPage, startBrowser } from '../../browser.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

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
    findings: (audit.findings ?? []).map((finding) => ({ ...finding, host: wide(finding.host) })),
  };
}

describe.skipIf(!hasBrowser())('a page in a browser', () => {
  let browser: Browser;
  let folder: string;
  const pages: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wiretally-html-'));
    const texts = {
      audit: await renderHtml(sampleAudit()),
      seen: await renderHtml(sampleDocument()),
      wide: await renderHtml(wideOffice()),
      summary: await renderSummary(sampleAudit()),
      employee: await renderEmployeePage({
        tool: {
          id: 'claude-code',
          name: 'Claude Code',
          vendor: 'Anthropic',
          kind: 'cli',
          homepage: 'https://example.com',
          endpoints: [{ host: 'statsig.example.com', role: 'telemetry' }],
        },
        measured: { modelPayloadUp: 48_000, telemetryPayloadUp: 264_000, telemetryShare: 0.85 },
        policy: null,
        wiretally: '0.1.0',
        catalogue: '2026.11.1',
      }),
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

  it.each(['audit', 'seen', 'summary', 'employee'])(
    '%s asks nothing of the network and complains of nothing',
    async (name) => {
      const { page, requests, complaints } = await open(name);
      expect(requests).toEqual([pages[name]]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it.each(
    ['audit', 'seen', 'summary', 'employee'].flatMap((name) =>
      (['light', 'dark'] as const).flatMap((colorScheme) =>
        [1240, 390].map((width) => ({ name, colorScheme, width })),
      ),
    ),
  )(
    '$name has no accessibility violation: $colorScheme, $width wide, details open',
    async ({ name, colorScheme, width }) => {
      // axe comes from outside; the page's own policy would rightly keep it out.
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

  it.each(['audit', 'seen', 'wide', 'summary', 'employee'])('%s is no wider than a phone', async (name) => {
    const { page } = await open(name, { viewport: { width: 390, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
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

  it('prints the report on four sheets at most, findings folded to a line', async () => {
    const { page } = await open('audit');
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect((pdf.toString('latin1').match(/\/Type \/Page\b/g) ?? []).length).toBeLessThanOrEqual(4);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#findings summary').first().isVisible()).toBe(true);
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
    expect(await page.locator('#findings .fb').first().isVisible()).toBe(false);
    await page.close();
  });

  it.each(['summary', 'employee'])('%s fits on one sheet of paper', async (name) => {
    const { page } = await open(name);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
    await page.close();
  });
});
