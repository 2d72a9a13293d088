// The report element in a page of another application: the example page in Chromium, from a plain file server.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FrameLocator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, type OpenPage, WINDOWS } from '../browser.ts';
import { hasEmscripten } from '../built-page.ts';
import { temporaryFolder } from '../temporary.ts';
import { byCommandLine, type PageOptions, root, ServedPages, violationsIn } from './pages-served.ts';

const DEMO = join(root, 'captures/demo.pcap.gz');
const BUSY = join(root, 'captures/recordings/busy-developer-light.pcap.gz');
const folder = temporaryFolder('element');

const reportIn = (page: Page): FrameLocator => page.frameLocator('wiretally-report iframe');

const inBase64 = (bytes: Uint8Array): string => JSON.stringify(Buffer.from(bytes).toString('base64'));

/** Run in the page, as texts. */
const ELEMENT = `document.querySelector('wiretally-report')`;
const fileOf = (name: string, bytes: Uint8Array, times = 1): string =>
  `(() => {
    const bytes = Uint8Array.from(atob(${inBase64(bytes)}), (sign) => sign.charCodeAt(0));
    const body = new Blob([bytes.subarray(24)]);
    return new File([bytes.subarray(0, 24), ...Array(${times}).fill(body)], ${JSON.stringify(name)});
  })()`;
/** The detail of the next event of this name, after `action`. */
const nextOf = <T>(page: Page, event: string, action: string): Promise<T> =>
  page.evaluate<T>(`new Promise((done) => {
    const element = ${ELEMENT};
    element.addEventListener('wiretally-${event}', ({ detail }) => done(detail), { once: true });
    ${action};
  })`);

interface Done {
  readonly packets: number;
  readonly interrupted: boolean;
}

describe.skipIf(!hasEmscripten() || !hasBrowser())(
  'the report element in a page of another application',
  () => {
    const served = new ServedPages();

    const open = async (options: PageOptions = {}): Promise<OpenPage> => {
      const opened = await served.open('/example.html', options);
      await opened.page.waitForLoadState('networkidle');
      return opened;
    };

    it('shows the report of a capture, and asks for nothing once it is loaded', async () => {
      const { page, requests, complaints } = await open();
      const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
      expect(policy).toMatch(/^default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'sha256-[^']+'; /);
      expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'(?<!wasm-unsafe-eval')|\*|https?:/);
      const loaded = requests.length;
      await page.setInputFiles('#captures', DEMO);
      await reportIn(page).locator('table').first().waitFor();
      await page.locator('#log', { hasText: /^\d+ packets read$/ }).waitFor();
      await reportIn(page).locator('#hq').fill('10.');
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#json').click()]);
      await download.saveAs(join(folder, 'report.json'));
      const { stdout } = await byCommandLine(DEMO, 'json');
      expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toEqual(JSON.parse(stdout));
      await page.locator('#attachment').click();
      await reportIn(page).getByText('sample.pcap.gz').first().waitFor({ state: 'attached' });
      expect(requests.slice(loaded).filter((url) => !url.startsWith('blob:'))).toEqual([]);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('gives texts of a capture no way out of its frame', async () => {
      const { page, complaints } = await open();
      const markup = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
      const demo = readFileSync(join(root, 'captures/demo-policy.yaml'), 'utf8');
      const policy = demo.replace(/^name: .*$/m, `name: '${markup}'`);
      await nextOf(
        page,
        'report',
        `element.policy = { name: ${JSON.stringify(`${markup}.yaml`)}, text: ${JSON.stringify(policy)} };
       element.captures = [${fileOf(`${markup}.pcap`, gunzipSync(readFileSync(BUSY)))}, ${fileOf(`${markup}.txt`, Buffer.from('no capture'.repeat(9)))}]`,
      );
      const report = reportIn(page);
      await report.locator('table').first().waitFor();
      expect(await report.locator('body').textContent()).toContain(markup);
      expect(await report.locator('img').count()).toBe(0);
      expect(await page.locator('wiretally-report img, wiretally-report script').count()).toBe(0);
      expect(await page.locator('wiretally-report pre').textContent()).toContain(markup);
      const inside = page.frames().find((frame) => frame !== page.mainFrame());
      expect(await inside?.evaluate('self.origin')).toBe('null');
      expect(
        await inside?.evaluate(
          `(() => { try { return parent.document.title } catch { return 'refused' } })()`,
        ),
      ).toBe('refused');
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('loads a capture and a policy by their addresses, and reads the capture once', async () => {
      // The page itself has asked for the capture once; the core may be asked for later.
      const { page, requests } = await open();
      const before = requests.length;
      const done = await nextOf<Done>(page, 'report', `element.lang = 'de'; element.src = 'sample.pcap.gz'`);
      expect(done).toMatchObject({ interrupted: false });
      const policy = readFileSync(join(root, 'captures/demo-policy.yaml'), 'utf8');
      await nextOf(page, 'report', `element.policy = { name: 'p.yaml', text: ${JSON.stringify(policy)} }`);
      await reportIn(page).getByText('Demo office AI tools').first().waitFor();
      const asked = requests.slice(before).filter((url) => url.includes('.pcap'));
      expect(asked).toEqual([`${served.origin}/sample.pcap.gz`]);
      const size = await page.evaluate<number>(`${ELEMENT}.save('bundle').then(({ size }) => size)`);
      expect(size).toBeGreaterThan(1000);
      const { error } = await nextOf<{ error: string[] }>(page, 'error', `element.src = 'nothing.pcap'`);
      expect(error).toEqual(['nothing.pcap: cannot be loaded: status 404']);
      expect(await page.evaluate(`${ELEMENT}.save('json').catch(({ message }) => message)`)).toBe(
        'there is no report to save',
      );
      await page.close();
    });

    it('reports errors of captures as the command line does', async () => {
      const { page } = await open();
      const text = Buffer.from('a text, and no capture at all');
      const { error } = await nextOf<{ error: string[] }>(
        page,
        'error',
        `element.captures = [${fileOf('notes.txt', text)}]`,
      );
      expect(error[0]).toMatch(/^notes\.txt: byte 0: /);
      expect(await page.locator('wiretally-report pre').textContent()).toContain(error[0]);
      await page.close();
    });

    it('can be cancelled, superseded and removed while it reads', async () => {
      const { page, complaints } = await open();
      const busy = gunzipSync(readFileSync(BUSY));
      const long = `element.captures = [${fileOf('long.pcap', busy, 3000)}]`;
      await nextOf(page, 'progress', long);
      await page.locator('wiretally-report').getByRole('button', { name: 'Cancel' }).click();
      await page.locator('wiretally-report').getByText('Stopped after').waitFor();

      await nextOf(page, 'progress', long);
      const whole = await nextOf<Done>(page, 'report', `element.captures = [${fileOf('short.pcap', busy)}]`);
      expect(whole.interrupted).toBe(false);
      await reportIn(page).getByText('short.pcap').first().waitFor({ state: 'attached' });

      await nextOf(page, 'progress', long);
      await page.evaluate(`{ const element = ${ELEMENT}; element.remove(); window.removed = element; }`);
      const again = await page.evaluate<Done>(`new Promise((done) => {
      removed.addEventListener('wiretally-report', ({ detail }) => done(detail), { once: true });
      removed.captures = [${fileOf('short.pcap', busy)}];
      document.body.append(removed);
    })`);
      expect(again.packets).toBe(whole.packets);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it.each(WINDOWS)('is accessible, and not wider than the window ($name)', async ({ options }) => {
      const { page } = await open({ ...options, bypassCSP: true });
      const wide = 'document.documentElement.scrollWidth - window.innerWidth';
      expect(await violationsIn(page)).toEqual([]);
      await page.locator('#attachment').click();
      await reportIn(page).locator('table').first().waitFor();
      expect(await violationsIn(page)).toEqual([]);
      expect(await page.evaluate(wide)).toBeLessThanOrEqual(0);
      await page.close();
    });
  },
);
