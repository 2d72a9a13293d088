// Debian's browser for tests of pages: records all requests, messages and windows of a page.

import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

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

/** False, with a message, without a browser: its tests are skipped. */
export function hasBrowser(): boolean {
  if (existsSync(CHROMIUM)) return true;
  console.log(`skipped: ${CHROMIUM} is not installed (apt-get install chromium)`);
  return false;
}

export function startBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: [...ARGS, ...more] });
}

/** Windows that a page must fit in. */
export const WINDOWS = [
  { name: 'light', options: { colorScheme: 'light' } },
  { name: 'dark', options: { colorScheme: 'dark' } },
  {
    name: 'on a phone',
    options: { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true },
  },
] as const;

export interface OpenPage {
  readonly page: Page;
  /** Requested addresses. */
  readonly requests: readonly string[];
  /** Console messages, exceptions and dialogs. */
  readonly complaints: readonly string[];
}

export async function openPage(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<OpenPage> {
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
  await page.goto(url);
  return { page, requests, complaints };
}
