// Pages of dist/browser for tests in Chromium: served, given captures, and compared with the command line.

import { execFile } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type ServerType, serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import axe from 'axe-core';
import { Hono } from 'hono';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type OpenPage, openPage, startBrowser } from '../browser.ts';
import { buildBrowser } from '../built-page.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Printed {
  readonly stdout: string;
  readonly stderr: string;
}

/** In the folder of the file, as the page knows names without their folders. */
export async function byCommandLine(
  file: string,
  format: string,
  ...more: readonly string[]
): Promise<Printed> {
  const asked = ['analyze', basename(file), ...more, '--format', format, '--quiet'];
  const command = [join(root, 'dist/cli/main.js'), ...asked];
  const cwd = resolve(file, '..');
  return await run(process.execPath, command, { cwd, maxBuffer: 1 << 28 }).catch((error: Printed) => error);
}

/** As the page shows them: without the name of the program. */
export const errorsIn = (stderr: string): string[] =>
  stderr
    .split(/^wiretally: /m)
    .map((text) => text.trimEnd())
    .filter((text) => text !== '');

async function serveFolder(path: string): Promise<{ server: ServerType; origin: string }> {
  const app = new Hono().use(serveStatic({ root: path }));
  return await new Promise((done) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
      done({ server, origin: `http://127.0.0.1:${address.port}` }),
    );
  });
}

export type PageOptions = Parameters<Browser['newPage']>[0];

/** Dist/browser, built and served for the tests of a suite, and a browser for its pages. */
export class ServedPages {
  origin = '';
  #browser: Browser | null = null;
  #server: ServerType | null = null;

  /** To be called in `describe`. */
  constructor() {
    beforeAll(async () => {
      await buildBrowser();
      ({ server: this.#server, origin: this.origin } = await serveFolder('dist/browser'));
      this.#browser = await startBrowser();
    }, 600_000);
    afterAll(async () => {
      await this.#browser?.close();
      this.#server?.close();
    });
  }

  get browser(): Browser {
    if (this.#browser === null) throw new Error('no browser before the tests');
    return this.#browser;
  }

  async open(path: string, options: PageOptions = {}): Promise<OpenPage> {
    return await openPage(this.browser, `${this.origin}${path}`, { timezoneId: 'UTC', ...options });
  }
}

export const violationsIn = async (page: Page): Promise<string[]> => {
  await page.evaluate(axe.source);
  return await page.evaluate<string[]>(
    `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html)))`,
  );
};

/** Run in the page, as a text: a file that is dropped. Bytes come as base64, repeated after the head of the capture. */
const DROP = `async ({ name, base64, times }) => {
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  const body = new Blob([bytes.subarray(24)]);
  const file = new File([bytes.subarray(0, 24), ...Array(times).fill(body)], name);
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  document.querySelector('#drop').dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
}`;

export const drop = (page: Page, name: string, bytes: Uint8Array, times = 1): Promise<void> =>
  page.evaluate(
    `(${DROP})(${JSON.stringify({ name, base64: Buffer.from(bytes).toString('base64'), times })})`,
  );
