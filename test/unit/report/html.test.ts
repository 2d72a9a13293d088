// The page in Debian's browser: opened from disk, nothing asked, nothing run that is not ours, readable by everyone.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument, VerdictReason } from '../../../src/model/report.ts';
import { renderEmployeePage } from '../../../src/report/html/employee.ts';
import { MAX_PAGE_BYTES, renderHtml } from '../../../src/report/html/page.ts';
import { renderSummary } from '../../../src/report/html/summary.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

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

/** 600 hosts that all broke the rule. */
function largeOffice(): ReportDocument {
  const audit = sampleAudit();
  const finding = audit.findings?.find(({ result }) => result === 'violation');
  const host = audit.hosts.find((each) => each.host === finding?.host);
  if (host === undefined || finding === undefined) throw new Error('the sample has no violation');
  const names = Array.from({ length: 600 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  return {
    ...audit,
    hosts: names.map((name) => ({ ...host, host: name })),
    findings: names.map((name) => ({ ...finding, host: name })),
  };
}

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

describe('a page without a browser', () => {
  it('keeps to its budget, whatever the office, and says what is left out', async () => {
    const text = await renderHtml(largeOffice());
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(text).toMatch(/more host/);
    expect(text).toMatch(/, \d+ of 600 hosts\./);
    expect(text).toMatch(/>600, \d+ of them here</);
  });

  it('links to nothing that is not on the page', async () => {
    for (const document of [sampleAudit(), sampleDocument(), largeOffice()]) {
      const text = await renderHtml(document);
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
      const targets = [...text.matchAll(/ href="#([^"]*)"/g)].map((match) => match[1]);
      expect(targets.filter((target) => !ids.has(target))).toEqual([]);
    }
  });

  it('marks each host of a small office, and shows the shares of a large one', async () => {
    const marks = (text: string): number => [...text.matchAll(/<li class="u-/g)].length;
    const [small, large] = [await renderHtml(sampleAudit()), await renderHtml(largeOffice())];
    expect(marks(small)).toBeGreaterThan(3);
    expect(marks(large)).toBe(0);
    expect(large).toContain('aria-label="Used while the rule was in force: 600"');
  });

  it('counts hosts of which only telemetry was found, so that the counts add up', async () => {
    const audit = sampleAudit();
    const findings = (audit.findings ?? []).map((finding) => ({
      ...finding,
      result: finding.result === 'grace' ? ('telemetryOnly' as const) : finding.result,
    }));
    expect(await renderHtml({ ...audit, findings })).toContain(
      '<b>1</b> <span>only telemetry or updates</span>',
    );
  });

  it('says of what was not seen how much was looked at, by the name that the reader knows', async () => {
    const audit = sampleAudit();
    const rules = (verdict: 'kept' | 'cannotSay', ...reasons: VerdictReason[]) =>
      (audit.summary?.rules ?? []).map((rule) => ({
        ...rule,
        verdict,
        reasons,
        after: 0,
        suspected: 0,
        exempt: 0,
      }));
    const empty = { ...audit, hosts: [], tools: [], findings: [] };
    const kept = await renderHtml({ ...empty, summary: { rules: rules('kept') } });
    expect(kept).toContain(
      'Nothing that it bans was seen on any of 7 hosts in scope after the ban and its grace period.',
    );
    expect(kept).toMatch(/This sensor saw [\d.]+ % of packets/);
    expect(kept).not.toContain('data-open="findings"');
    const notVisible = await renderHtml({
      ...empty,
      summary: { rules: rules('cannotSay', { reason: 'dark', share: 0.83 }) },
    });
    expect(notVisible).toContain('83 % of the bytes of 7 hosts in scope could not be looked into.');
    const none = await renderHtml({
      ...empty,
      summary: { rules: rules('cannotSay', { reason: 'noHosts' }) },
    });
    expect(none).toContain(
      'No host in scope was on the network while the rule was in force and its grace period over.',
    );
  });

  it('escapes every name and names its hidden signs', async () => {
    const text = await renderHtml(sampleAudit());
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩⟨U+001B⟩[31m');
  });

  it('lets in its own style and script alone', async () => {
    const text = await renderHtml(sampleDocument());
    expect(text).toMatch(
      /default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='/,
    );
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/ style="| on\w+="/);
  });
});

describe.skipIf(!hasBrowser)('a page in a browser', () => {
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
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  async function open(
    name: string,
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
    await page.goto(pages[name] ?? '');
    return [page, requests, complaints];
  }

  it.each(['audit', 'seen', 'summary', 'employee'])(
    '%s asks nothing of the network and complains of nothing',
    async (name) => {
      const [page, requests, complaints] = await open(name);
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
      const [page] = await open(name, { colorScheme, viewport: { width, height: 1000 }, bypassCSP: true });
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
    const [page] = await open(name, { viewport: { width: 390, height: 844 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await page.close();
  });

  it('draws its chart and a cell for every day', async () => {
    const [page] = await open('audit');
    expect(
      await page.locator('svg.chart rect.c-bef, svg.chart rect.c-grc, svg.chart rect.c-vio').count(),
    ).toBeGreaterThan(3);
    expect(await page.locator('.heat tbody tr[data-q]').first().locator('td.c').count()).toBe(14);
    await page.close();
  });

  it('finds hosts, filters findings and goes down to the evidence', async () => {
    const [page] = await open('audit');
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
    const [page] = await open('audit');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#json')]);
    const path = await download.path();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(sampleAudit())));
    await page.close();
  });

  it.each(['summary', 'employee'])('%s fits on one sheet of paper', async (name) => {
    const [page] = await open(name);
    const pdf = await page.pdf({ preferCSSPageSize: true });
    expect(pdf.toString('latin1').match(/\/Type \/Page\b/g)).toHaveLength(1);
    await page.close();
  });
});
