// The documentation as pages: built as published, complete, and opened by a browser without network.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerType, serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openPage, startBrowser } from '../browser.ts';
import { buildBrowser, hasEmscripten } from '../built-page.ts';

const site = mkdtempSync(join(tmpdir(), 'wiretally-site-'));
afterAll(() => rmSync(site, { recursive: true }));

const hasPage = hasEmscripten();

beforeAll(async () => {
  if (hasPage) await buildBrowser();
  // A warning, such as a link to nowhere, is a failure.
  execFileSync('npx', ['typedoc', '--options', 'docs/site', '--out', site], { stdio: 'pipe' });
}, 1_800_000); // The core for pages takes ten minutes on two busy cores.

const documents = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.md'),
);

describe('the pages', () => {
  it.each(documents)('have docs/%s', (path) => {
    const page = readFileSync(join(site, 'docs', path.replace(/md$/, 'html')), 'utf8');
    const [, heading = ''] = /^# (.+)$/m.exec(readFileSync(join('docs', path), 'utf8')) ?? [];
    expect(page).toContain(`<title>${heading.replaceAll('`', '').replaceAll("'", '&#39;')} | Wiretally`);
  });

  it('open on the first tutorial, and have the README', () => {
    expect(readFileSync(join(site, 'index.html'), 'utf8')).toContain('Assess: list the tools in use');
    expect(readFileSync(join(site, 'README.html'), 'utf8')).toContain('Four jobs');
  });

  it('link only to what is there', () => {
    const missing = readdirSync(site, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.html'))
      .flatMap((path) => {
        const text = readFileSync(join(site, path), 'utf8');
        return [...text.matchAll(/(?:href|src)="([^"#?]+)/g)]
          .map(([, to = '']) => to)
          .filter((to) => !/^[a-z]+:/.test(to) && !existsSync(join(site, path, '..', decodeURI(to))))
          .map((to) => `${path}: ${to}`);
      });
    expect(missing).toEqual([]);
  });
});

describe.skipIf(!hasBrowser())('in a browser, the pages', () => {
  let browser: Browser;
  let server: ServerType;
  let origin: string;
  beforeAll(async () => {
    browser = await startBrowser();
    const app = new Hono().use(serveStatic({ root: site }));
    origin = await new Promise((resolve) => {
      server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
        resolve(`http://127.0.0.1:${port}`),
      );
    });
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it.each([
    { name: 'light', options: { colorScheme: 'light' } },
    { name: 'dark', options: { colorScheme: 'dark' } },
    {
      name: 'on a phone',
      options: { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true },
    },
  ] as const)('ask for nothing outside, and are not wider than the window ($name)', async ({ options }) => {
    for (const path of ['index.html', 'docs/cli.html', 'docs/estimates.html']) {
      const { page, requests, complaints } = await openPage(browser, `${origin}/${path}`, options);
      expect(complaints).toEqual([]);
      expect(
        requests.filter((address) => !address.startsWith(origin) && !address.startsWith('data:')),
      ).toEqual([]);
      const spare = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect({ path, spare }).toEqual({ path, spare: Math.min(0, spare as number) });
      await page.close();
    }
  });

  it.skipIf(!hasPage)('begin with a page that analyses captures, without a further request', async () => {
    const { page, requests, complaints } = await openPage(browser, origin);
    await page.getByRole('link', { name: 'Try it here' }).click();
    await page.locator('html[data-offline]').waitFor();
    const loaded = requests.length;
    await page.locator('#sample').click();
    await page.frameLocator('#frame iframe').locator('table').first().waitFor();
    expect(requests.slice(loaded).filter((url) => !url.startsWith('blob:'))).toEqual([]);
    await page.getByRole('link', { name: 'Documentation' }).click();
    await page.waitForURL(`${origin}/index.html`);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('are found by a word of their text', async () => {
    const { page } = await openPage(browser, origin);
    await page.locator('#tsd-search-trigger').click();
    await page.locator('#tsd-search-input').pressSequentially('logrotate');
    const found = page.locator('#tsd-search-results a');
    await found.first().waitFor();
    expect(await found.allTextContents()).toContainEqual(expect.stringContaining('Deployment') as string);
    await page.close();
  });
});
