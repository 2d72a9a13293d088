// The pages in Debian's browser: no foreign requests, no foreign code, accessible.
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, type OpenPage, openPage, startBrowser } from '../../browser.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { type MadeSite, PLACES, siteOver } from './site.ts';

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit());
});
afterAll(() => site.close());

describe.skipIf(!hasBrowser())('pages in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser.close());

  const open = (path: string, options?: Parameters<Browser['newPage']>[0]): Promise<OpenPage> =>
    openPage(browser, `${site.url}${path}`, options);

  it.each(PLACES.slice(0, -1))('%s asks only its own server, and complains of nothing', async (path) => {
    const { page, requests, complaints } = await open(path);
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
      // axe is external; the page's own policy would rightly block it.
      const { page } = await open(path, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
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
    const { page, complaints } = await open('/search?q=%3Cscript%3Ealert(1)%3C/script%3E');
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

  it('goes into a stretch that is dragged over, keeps it in the address, and comes back', async () => {
    const { page, complaints } = await open('/hosts?group=rnd');
    const over = page.locator('.zoom .u-over');
    const { x, y, width, height } = (await over.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const dayAt = (day: number): number => x + (width * (day + 0.5)) / 7;
    await page.mouse.move(dayAt(1), y + height / 2);
    expect(await page.textContent('.zoom output')).toMatch(/^9 July 2026: \d hosts?$/);
    await page.mouse.down();
    await page.mouse.move(dayAt(3), y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL('**/hosts?group=rnd&since=2026-07-09&until=2026-07-12');
    expect(await page.inputValue('.ask input[name=since]')).toBe('2026-07-09');
    expect(await page.locator('.heat thead .c').count()).toBe(6);
    await page.goBack();
    await page.waitForURL('**/hosts?group=rnd');
    expect(await page.locator('.heat thead .c').count()).toBe(14);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('draws nothing where no script is, and leads to the same days by links and keys', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/hosts`);
    expect(await page.locator('.zoom').isVisible()).toBe(false);
    await page.locator('.heat thead a').nth(2).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/hosts?since=2026-07-10&until=2026-07-11');
    await context.close();
  });

  it('compares two spans by keyboard alone, without script, and shows the same by its address', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/compare`);
    await page.focus('input[name=since]');
    for (const word of ['2026-07-11', '2026-07-15', '2026-07-08', '2026-07-11']) {
      await page.keyboard.type(word);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('**/compare?*against_since=2026-07-08*');
    const reported = await page.textContent('#comparison');
    expect(reported).toContain('11–14 July 2026 against 8–10 July 2026');
    expect(reported).toContain('the spans are not equally long');
    expect(reported).toContain('<script>alert(1)</script>⟨U+202E⟩');
    const address = page.url();
    await context.close();
    const { page: again, complaints } = await openPage(browser, address);
    expect(await again.textContent('#comparison')).toBe(reported);
    await again.click('text=the same weekdays a week before');
    await again.waitForURL('**/compare?*against_since=2026-07-04*');
    expect(await again.textContent('#comparison .limits')).toContain('nothing of it was observed');
    expect(complaints).toEqual([]);
    await again.close();
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

  it('does not change while a user navigates it: a button offers the update', async () => {
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
