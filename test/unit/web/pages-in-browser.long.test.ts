// The pages in Debian's browser: no foreign requests, no foreign code, accessible.
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FindingChange } from '../../../src/policy/finding-life.ts';
import type { FindingStates } from '../../../src/web/findings/finding-states.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { hasBrowser, type OpenPage, openPage, startBrowser } from '../../browser.ts';
import { sampleAudit, sampleDocument } from '../report/sample-document.ts';
import { HOUR, type MadeSite, PLACES, siteOver } from './site.ts';

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

  const violationsOf = async (page: Page): Promise<unknown> => {
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
    await page.evaluate(axe.source);
    return await page.evaluate(
      'axe.run().then((r) => r.violations.map((v) => v.id + ": " + v.nodes[0].html))',
    );
  };
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
      expect(await violationsOf(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await page.close();
    },
  );

  it.each(PLACES)('%s fits at 200 % of a window of 1440 px', async (path) => {
    const { page } = await open(path, { viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });
    await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(720);
    await page.close();
  });

  it.each(PLACES)('%s: keys reach everything that can be used', async (path) => {
    const { page } = await open(path);
    const usable = Number(
      await page.evaluate(`(() => {
        const all = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,summary,[tabindex="0"]')];
        const shown = all.filter((each) => each.checkVisibility() && each.closest('.skip') === null);
        shown.forEach((each, i) => { each.dataset.reach = i; });
        return shown.length;
      })()`),
    );
    const reached = new Set<string>();
    // The parts of a date are stops of their own.
    for (let i = 0; i < 8 * usable && reached.size < usable; i++) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate("document.activeElement?.dataset.reach ?? ''");
      if (at !== '') reached.add(String(at));
    }
    expect(reached.size).toBe(usable);
    expect(usable).toBeGreaterThan(2);
    await page.close();
  });

  describe.each([
    { colorScheme: 'light' as const, width: 1240 },
    { colorScheme: 'dark' as const, width: 390 },
  ])('the pages of an editor: $colorScheme, $width wide', ({ colorScheme, width }) => {
    const audit = sampleAudit();
    const findings = (audit.findings ?? []).map((finding, i) => ({ ...finding, id: `AI-0710/2/${i}` }));
    const changes: FindingChange[] = [];
    const states: FindingStates = {
      editors: new Set(['anna']),
      show: (document) => document,
      changesOf: (id) => changes.filter(({ finding }) => finding === id),
      change: async (more) => void changes.push(...more),
      isText: (text) => text !== '',
    };
    let own: MadeSite;
    beforeAll(async () => {
      const credentials = Credentials.parse(`anna ${'a'.repeat(32)}\n`);
      own = await siteOver(
        { ...audit, findings },
        { credentials, findings: states, receivers: '/etc/wiretally/receivers.yaml' },
      );
    });
    afterAll(() => own.close());
    const openOwn = (path: string): Promise<OpenPage> =>
      openPage(browser, `${own.url}${path}`, {
        ...{ colorScheme, viewport: { width, height: 900 }, bypassCSP: true },
        extraHTTPHeaders: { authorization: `Bearer ${'a'.repeat(32)}` },
      });

    it('have no accessibility violation, and fit', async () => {
      for (const path of ['/finding?id=AI-0710/2/0', '/findings', '/findings?rule=AI-0710', '/sensor']) {
        const { page, complaints } = await openOwn(path);
        expect([path, await violationsOf(page)]).toEqual([path, []]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        expect(complaints).toEqual([]);
        await page.close();
      }
    });

    it('change a state by keys alone, and list the change', async () => {
      const { page } = await openOwn('/finding?id=AI-0710/2/0');
      const before = changes.length;
      await page.focus('select[name=state]');
      await page.keyboard.type('assigned');
      await page.keyboard.press('Tab');
      await page.keyboard.type('ben');
      await page.keyboard.press('Tab');
      await page.keyboard.type('owner of the host');
      await page.keyboard.press('Enter');
      await page
        .getByRole('row', { name: /assigned: ben/ })
        .nth(before)
        .waitFor();
      expect(changes.at(-1)).toMatchObject({ state: 'assigned', assignee: 'ben', why: 'owner of the host' });
      expect(await violationsOf(page)).toEqual([]);
      await page.close();
    });

    it('copy the command that tests receivers', async () => {
      const { page } = await openOwn('/sensor');
      expect(await page.locator('.cpb button').getAttribute('aria-label')).toContain('Copy');
      expect(await page.textContent('.cpb code')).toBe(
        'wiretally alerts test --receivers /etc/wiretally/receivers.yaml',
      );
      await page.close();
    });
  });

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

  it('goes from quarter hours or minutes into a shorter stretch', async () => {
    const hour = await siteOver(sampleAudit(), {}, null, 0, null, HOUR);
    const span = 'since=2026-07-10&until=2026-07-11';
    for (const path of ['/', '/hosts', '/hosts/10.20.1.5']) {
      const { page, complaints } = await openPage(browser, `${hour.url}${path}?${span}`);
      const over = page.locator('.zoom .u-over');
      await over.scrollIntoViewIfNeeded();
      const { x, y, width, height } = (await over.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
      const minuteAt = (minute: number): number => x + (width * (minute + 0.5)) / 60;
      await page.mouse.move(minuteAt(5), y + height / 2);
      expect(await page.textContent('.zoom output')).toBe('10 July 10:05: 6 connections');
      await page.mouse.move(minuteAt(24), y + height / 2);
      expect(await page.textContent('.zoom output')).toMatch(/^10 July 10:24: /);
      await page.mouse.move(minuteAt(30), y + height / 2);
      await page.mouse.down();
      await page.mouse.move(minuteAt(44), y + height / 2, { steps: 4 });
      await page.mouse.up();
      await page.waitForURL((url) => url.searchParams.get('since') === '2026-07-10T02:30:00Z');
      expect(new URL(page.url()).searchParams.get('until')).toBe('2026-07-10T02:45:00Z');
      expect(await page.inputValue('.ask input[name=since_time]')).toBe('10:30');
      expect(complaints).toEqual([]);
      await page.close();
    }
    await hour.close();
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

  it('takes a day from the picker of the browser, without script', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${site.url}/hosts`);
    await page.fill('input[name=since]', '2026-07-10');
    await page.fill('input[name=since_time]', '12:00');
    await page.locator('form.ask button', { hasText: 'Show' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/hosts?since=2026-07-10&since_time=12*');
    expect(await page.inputValue('input[name=since_time]')).toBe('12:00');
    await context.close();
  });

  it('compares two spans by keyboard alone, without script, and shows the same by its address', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: 'en-US' });
    const page = await context.newPage();
    await page.goto(`${site.url}/compare`);
    // Month, day and year, as the picker of that locale has them.
    for (const [name, digits] of [
      ['since', '07112026'],
      ['until', '07152026'],
      ['against_since', '07082026'],
      ['against_until', '07112026'],
    ]) {
      await page.focus(`input[name=${name}]`);
      await page.keyboard.type(digits ?? '');
    }
    await page.keyboard.press('Enter');
    await page.waitForURL('**/compare?*against_since=2026-07-08*');
    const reported = await page.textContent('#comparison');
    expect(reported).toContain('11–14 July 2026 against 8–10 July 2026');
    expect(reported).toContain('the spans have different lengths');
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
