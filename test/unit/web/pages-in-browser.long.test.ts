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

/** Numbers all controls that are shown, except the link that skips; returns how many there are. */
const MARK_USABLE = `(() => {
  const all = [...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,summary,[tabindex="0"]')];
  const shown = all.filter((each) => each.checkVisibility() && each.closest('.skip') === null);
  shown.forEach((each, i) => { each.dataset.reach = i; });
  return shown.length;
})()`;

/** As `Node` of the browser has it. */
const DOCUMENT_POSITION_FOLLOWING = 4;

interface Stop {
  readonly name: string;
  readonly text: string;
  readonly hasRing: boolean;
  /** Inside the window, with nothing over it. */
  readonly isSeen: boolean;
  /** Above the stop before, and not in a column on its right. */
  readonly isUpwards: boolean;
}

/** The focused control; null outside the page. */
const STOP = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body || at === document.documentElement) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const before = window.lastStop?.getClientRects()[0];
  window.lastStop = at;
  const { left, top, bottom, width } = at.getClientRects()[0];
  const [from, to] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
  const over = document.elementFromPoint(left + Math.min(width, 12) / 2, (from + Math.min(to, from + 24)) / 2);
  return {
    name: at.dataset.reach ?? '',
    text: at.textContent.slice(0, 40),
    hasRing: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2,
    isSeen: over !== null && (at.contains(over) || over.contains(at) || over.closest('label')?.control === at),
    isUpwards: before !== undefined && bottom <= before.top && left <= before.left,
  };
})()`;

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

  describe.each([
    { colorScheme: 'light' as const, width: 1240 },
    { colorScheme: 'dark' as const, width: 390 },
  ])('keys alone: $colorScheme, $width wide', ({ colorScheme, width }) => {
    it.each(PLACES)(
      '%s: Tab reaches all that can be used, as it is seen, with a ring, and leaves',
      async (path) => {
        const { page } = await open(path, { colorScheme, viewport: { width, height: 800 } });
        const usable = await page.evaluate<number>(MARK_USABLE);
        expect(usable).toBeGreaterThan(2);
        const stops: Stop[] = [];
        // The parts of a date are stops of their own. After the last stop, the focus leaves the page.
        for (let i = 0; i < 8 * usable; i++) {
          await page.keyboard.press('Tab');
          const stop = await page.evaluate<Stop | null>(STOP);
          if (stop === null) break;
          if (stop.name !== stops.at(-1)?.name) stops.push(stop);
        }
        expect(await page.evaluate(STOP)).toBeNull();
        expect(stops[0]?.text).toBe('Skip to the content');
        expect(stops.slice(1).map(({ name }) => name)).toEqual(
          Array.from({ length: usable }, (_, i) => String(i)),
        );
        expect(stops.filter(({ hasRing }) => !hasRing)).toEqual([]);
        expect(stops.filter(({ isSeen }) => !isSeen)).toEqual([]);
        expect(stops.filter(({ isUpwards }) => isUpwards)).toEqual([]);
        await page.close();
      },
    );

    it.each(['/hosts', '/tools', '/findings', '/health'])(
      '%s: Tab goes on below a filter that Enter applied',
      async (path) => {
        const { page } = await open(path, { colorScheme, viewport: { width, height: 800 } });
        await page.focus('.ask input[name=q]');
        await page.keyboard.type('claude');
        await page.keyboard.press('Enter');
        await page.waitForURL('**#list');
        await page.keyboard.press('Tab');
        const follows = "document.getElementById('list').compareDocumentPosition(document.activeElement)";
        expect(await page.evaluate(follows)).toBe(DOCUMENT_POSITION_FOLLOWING);
        await page.close();
      },
    );

    it('Enter on the link that skips leads past the navigation', async () => {
      const { page } = await open('/', { colorScheme, viewport: { width, height: 800 } });
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement.closest('#main') !== null")).toBe(true);
      await page.close();
    });

    it('Space and Enter open a finding and press the buttons of its list', async () => {
      const { page } = await open('/findings', { colorScheme, viewport: { width, height: 800 } });
      const opened = (): Promise<number> => page.locator('#findings details[open]').count();
      const before = await opened();
      await page.locator('#findings summary').first().focus();
      await page.keyboard.press('Space');
      expect(await opened()).toBe(before + 1);
      await page.keyboard.press('Enter');
      expect(await opened()).toBe(before);
      const all = page.locator('#findings [data-open]');
      await all.focus();
      await page.keyboard.press('Space');
      expect(await all.getAttribute('aria-pressed')).toBe('true');
      expect(await opened()).toBe(await page.locator('#findings details').count());
      await page.close();
    });
  });

  describe.each([
    { colorScheme: 'light' as const, width: 1240 },
    { colorScheme: 'dark' as const, width: 390 },
  ])('the pages of an editor: $colorScheme, $width wide', ({ colorScheme, width }) => {
    const audit = sampleAudit();
    const findings = (audit.findings ?? []).map((finding, i) => ({
      ...finding,
      id: `AI-0710/2/${i}`,
      life: { state: 'new' as const, changes: 0, last: null, assignee: null },
    }));
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

    it('acknowledge a list by keys alone, and go on at the list', async () => {
      const { page } = await openOwn('/findings?rule=AI-0710');
      await page.focus('form.note input[name=why]');
      await page.keyboard.type('known');
      const answer = page.waitForResponse((response) => response.request().method() === 'GET');
      await page.keyboard.press('Enter');
      await answer;
      await page.waitForURL('**/findings?rule=AI-0710#findings');
      expect(changes.at(-1)).toMatchObject({ state: 'acknowledged', why: 'known' });
      await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement.closest('#findings') !== null")).toBe(true);
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
    await page.waitForURL('**/search?q=copilot#main');
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
    expect(reported).toContain('11–14 July 2026 compared with 8–10 July 2026');
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
