// The page that analyses captures, in Chromium, from a plain file server: drop, progress, cancel, report, no network,
// keyboard, phone width, hostile captures.

import { execFile } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { FrameLocator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { zipEntries } from '../../src/files/zip-entries.ts';
import { readAnalyzer } from '../../src/web/analyzer-page.ts';
import { hasBrowser, type OpenPage, openPage, startBrowser, WINDOWS } from '../browser.ts';
import { hasEmscripten } from '../built-page.ts';
import { captureKinds } from '../hostile-inputs/captures.ts';
import { temporaryFolder } from '../temporary.ts';
import { sampleAudit } from '../unit/report/sample-document.ts';
import { siteOver } from '../unit/web/site.ts';
import { damagedCaptures } from './damaged-captures.ts';
import {
  byCommandLine,
  drop,
  errorsIn,
  type PageOptions,
  root,
  ServedPages,
  violationsIn,
} from './pages-served.ts';

const run = promisify(execFile);

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
const BUSY = join(root, 'captures/recordings/busy-developer-light.pcap.gz');
const SECOND = 'claude-code-2.1.328-prompt.pcap.gz';
const folder = temporaryFolder('page');

/** Some of each kind: test/cli/browser.long.test.ts compares all of them. */
const HOSTILE = [
  ...damagedCaptures()
    .filter((_, i) => i % 6 === 0)
    .map(({ name, bytes }) => ({
      name,
      write: (file: string) => writeFileSync(file, bytes),
    })),
  ...captureKinds(undefined)
    .filter(({ file }) => /^(empty-records|a-recording)/.test(file))
    .map(({ file, write }) => ({ name: file, write })),
];

const reportIn = (page: Page): FrameLocator => page.frameLocator('#frame iframe');

async function savedAs(page: Page, format: string, name = `wiretally-report.${format}`): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-save=${format}]`).click(),
  ]);
  expect(download.suggestedFilename()).toBe(name);
  const path = join(folder, `saved.${format}`);
  await download.saveAs(path);
  return readFileSync(path, 'utf8');
}

async function unzip(archive: string, target: string): Promise<void> {
  const limits = { archiveBytes: 1e9, entries: 100, nameBytes: 1000, entryBytes: 1e9, totalBytes: 1e9 };
  for await (const entry of zipEntries(archive, limits)) {
    if ('refused' in entry) throw new Error(`${entry.name}: ${entry.refused}`);
    const path = join(target, entry.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, entry.bytes);
  }
}

async function verified(
  bundle: string,
  ...more: readonly string[]
): Promise<{ code: number; stdout: string }> {
  const command = [join(root, 'dist/cli/main.js'), 'verify', bundle, ...more];
  return await run(process.execPath, command).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

describe.skipIf(!hasEmscripten() || !hasBrowser())('the page that analyses captures', () => {
  const served = new ServedPages();

  const open = async (options: PageOptions = {}): Promise<OpenPage> => {
    const opened = await served.open('/', options);
    await opened.page.locator('html[data-offline]').waitFor();
    return opened;
  };

  it('reports what the command line reports, and asks for nothing once it is loaded', async () => {
    const { page, requests, complaints } = await open();
    expect(requests.every((url) => url.startsWith(served.origin) || url.startsWith('data:'))).toBe(true);
    const loaded = requests.length;
    await page.setInputFiles('#file-input', resolve(root, DEMO));
    await page.locator('#reading').waitFor({ state: 'hidden' });
    await reportIn(page).locator('table').first().waitFor();
    expect(await reportIn(page).locator('body').textContent()).toContain(
      'wiretally analyze demo.pcap.gz --format html',
    );
    const { stdout: json } = await byCommandLine(join(root, DEMO), 'json');
    // With the command, which names the file as it was chosen.
    expect(JSON.parse(await savedAs(page, 'json'))).toEqual(JSON.parse(json));
    const { stdout: csv } = await byCommandLine(join(root, DEMO), 'csv');
    expect(await savedAs(page, 'csv')).toBe(csv);
    expect(await savedAs(page, 'html')).toMatch(/^<!doctype html>/);
    expect(requests.slice(loaded).filter((url) => !url.startsWith('blob:'))).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('takes what is dropped, and the report works within its frame', async () => {
    const { page, complaints } = await open();
    await drop(page, 'busy.pcap', gunzipSync(readFileSync(BUSY)));
    const report = reportIn(page);
    await report.locator('table').first().waitFor();
    await report.locator('#hq').fill('10.');
    await report.locator('#theme').click();
    const [download] = await Promise.all([page.waitForEvent('download'), report.locator('#json').click()]);
    expect(download.suggestedFilename()).toBe('wiretally-report.json');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('reads several files and folders as one capture', async () => {
    const { page } = await open();
    const captures = [basename(BUSY), SECOND];
    mkdirSync(join(folder, 'week/monday'), { recursive: true });
    for (const name of captures)
      copyFileSync(join(root, 'captures/recordings', name), join(folder, 'week/monday', name));
    await page.setInputFiles('#folder-input', join(folder, 'week'));
    await page.locator('#result').waitFor();
    expect(await page.locator('#summary').textContent()).toMatch(/ of 2 captures read\.$/);
    const { captures: read } = JSON.parse(await savedAs(page, 'json')) as { captures: { file: string }[] };
    expect(read.map(({ file }) => file).sort()).toEqual(captures.map((name) => `week/monday/${name}`).sort());
    await page.close();
  });

  it('evaluates a policy file as the command line does, without reading the captures again', async () => {
    const { page, complaints } = await open();
    await page.setInputFiles('#file-input', [join(root, DEMO), join(root, POLICY)]);
    await reportIn(page).locator('table').first().waitFor();
    expect(await page.locator('#policy-state').textContent()).toBe('Demo office AI tools, 3 rules');
    const { stdout } = await byCommandLine(join(root, DEMO), 'json', '--policy', basename(POLICY));
    expect(JSON.parse(await savedAs(page, 'json'))).toEqual(JSON.parse(stdout));
    expect(complaints).toEqual([]);

    writeFileSync(
      join(folder, 'bad.yaml'),
      'version: 1\nname: Bad\nrules: [{ id: A, effective: 2026-02-30 }]\n',
    );
    await page.locator('#policy summary').click();
    await page.setInputFiles('#policy-input', join(folder, 'bad.yaml'));
    await page.locator('#errors pre').waitFor();
    copyFileSync(join(root, DEMO), join(folder, 'demo.pcap.gz'));
    const { stderr } = await byCommandLine(join(folder, 'demo.pcap.gz'), 'csv', '--policy', 'bad.yaml');
    expect(await page.locator('#errors pre').allTextContents()).toEqual(errorsIn(stderr));
    expect(await page.locator('#policy-state').textContent()).toBe('Demo office AI tools, 3 rules');

    await page.locator('#policy-remove').click();
    await reportIn(page).getByText('no policy was given').waitFor();
    expect(await page.locator('#errors pre').count()).toBe(0);
    await page.close();
  });

  it('makes a policy of a ban, and saves it and the windows for the command line', async () => {
    const { page } = await open();
    await page.setInputFiles('#file-input', join(root, DEMO));
    await reportIn(page).locator('table').first().waitFor();
    await page.locator('#policy summary').click();
    await page.locator('#ban-tools').selectOption('claude-code');
    await page.locator('#ban-from').fill('2026-07-10');
    await page.locator('#ban-use').click();
    await reportIn(page).getByText('Claude Code may not be used').first().waitFor();
    expect(await page.locator('#policy-state').textContent()).toBe('Ban of Claude Code, 1 rule');
    const json = await savedAs(page, 'json');
    await savedAs(page, 'usage', 'wiretally.usage');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#policy-save').click(),
    ]);
    await download.saveAs(join(folder, 'ban.yaml'));
    const { stdout } = await byCommandLine(join(folder, 'saved.usage'), 'json', '--policy', 'ban.yaml');
    const findingsOf = (text: string): unknown => (JSON.parse(text) as { findings: unknown }).findings;
    expect(findingsOf(json)).toEqual(findingsOf(stdout));
    await page.close();
  });

  it('saves an evidence bundle, which "verify" accepts as unsigned alone', async () => {
    const { page } = await open();
    await page.setInputFiles('#file-input', join(root, DEMO));
    await reportIn(page).locator('table').first().waitFor();
    expect(await page.locator('#save-bundle').isVisible()).toBe(false);
    await page.locator('#again').click();
    await page.setInputFiles('#file-input', [join(root, DEMO), join(root, POLICY)]);
    await reportIn(page).locator('table').first().waitFor();
    expect(await page.locator('#unsigned').textContent()).toMatch(/not signed/);
    await savedAs(page, 'bundle', 'wiretally-bundle.zip');
    const archive = join(folder, 'saved.bundle');
    const before = readFileSync(archive);
    await savedAs(page, 'bundle', 'wiretally-bundle.zip');
    expect(readFileSync(archive).equals(before)).toBe(true);
    await page.close();

    await unzip(archive, folder);
    const bundle = join(folder, 'wiretally-bundle');
    copyFileSync(join(root, DEMO), join(folder, 'demo.pcap.gz'));
    copyFileSync(join(root, POLICY), join(folder, 'demo-policy.yaml'));
    const own = ['--policy', 'demo-policy.yaml', '--bundle', 'by-command-line'];
    await byCommandLine(join(folder, 'demo.pcap.gz'), 'json', ...own);
    const written = join(folder, 'by-command-line');
    expect(readdirSync(bundle).sort()).toEqual([...readdirSync(written), 'unsigned.txt'].sort());
    for (const name of ['findings.json', 'windows.usage', 'policy.yaml'])
      expect(readFileSync(join(bundle, name)).equals(readFileSync(join(written, name))), name).toBe(true);
    const inputsOf = (of: string): unknown =>
      (JSON.parse(readFileSync(join(of, 'manifest.json'), 'utf8')) as { inputs: unknown }).inputs;
    expect(inputsOf(bundle)).toEqual(inputsOf(written));

    const accepted = await verified(bundle, '--unsigned');
    expect(accepted.code).toBe(0);
    expect(accepted.stdout).toContain('5 files match the manifest; not signed');
    expect(accepted.stdout).toContain('evaluated again: the same verdict and findings');
    const unproven = await verified(bundle);
    expect(unproven.code).toBe(1);
    expect(unproven.stdout).toContain('UNPROVEN');
    expect(readFileSync(join(bundle, 'unsigned.txt'), 'utf8')).toContain(
      'This evidence bundle is not signed.',
    );
    appendFileSync(join(bundle, 'policy.yaml'), '# changed\n');
    expect((await verified(bundle, '--unsigned')).stdout).toContain('FAULT policy.yaml');
  });

  it('leaves out what is no capture in a folder, with a note', async () => {
    const { page } = await open();
    const week = join(folder, 'mixed');
    mkdirSync(join(week, '.cache'), { recursive: true });
    copyFileSync(BUSY, join(week, 'busy.pcap.gz'));
    writeFileSync(join(week, 'notes.txt'), 'a text\n');
    writeFileSync(join(week, 'packed.gz'), gzipSync('a text\n'));
    for (const name of ['empty.txt', '.hidden', '.cache/notes.txt'])
      writeFileSync(join(week, name), name.startsWith('.') ? 'a text\n' : '');
    await page.setInputFiles('#folder-input', week);
    await page.locator('#result').waitFor();
    expect(await page.locator('#notes li').allTextContents()).toEqual([
      '2 files: no known capture; left out (the first: mixed/notes.txt)',
    ]);
    expect(await page.locator('#trouble').isVisible()).toBe(false);
    const { stdout } = await byCommandLine(week, 'json');
    // A browser hands over files, not the folder.
    expect(JSON.parse(await savedAs(page, 'json'))).toEqual({
      ...(JSON.parse(stdout) as object),
      command: 'analyze mixed/busy.pcap.gz',
    });
    rmSync(join(week, 'busy.pcap.gz'));
    await page.locator('#again').click();
    await page.setInputFiles('#folder-input', week);
    await page.locator('#errors pre').waitFor();
    expect(await page.locator('#errors pre').textContent()).toContain('2 files: no known capture');
    await page.close();
  });

  it.each([
    { locale: 'de-AT', tag: 'de', heading: 'Einen Netzwerkmitschnitt in diesem Browser auswerten' },
    { locale: 'zh-CN', tag: 'zh', heading: '在本浏览器中分析抓包文件' },
    { locale: 'fr-FR', tag: 'en', heading: 'Analyze a packet capture in this browser' },
  ])(
    'speaks the language of the browser ($locale), or the one that is chosen',
    async ({ locale, tag, heading }) => {
      const { page } = await open({ locale, bypassCSP: true });
      expect(await page.locator('h1').first().textContent()).toBe(heading);
      expect(await page.locator('html').getAttribute('lang')).toBe(tag);
      expect(await violationsIn(page)).toEqual([]);
      await page.locator('#sample').click();
      await page.locator('#result').waitFor();
      await page.locator('#language').selectOption('en');
      expect(await page.locator('#summary').textContent()).toMatch(/^[\d ]+ packets of 1 capture read\.$/);
      await page.locator('#language').selectOption('de');
      expect(await page.locator('#summary').textContent()).toMatch(
        /^[\d ]+ Pakete aus 1 Mitschnitt gelesen\.$/,
      );
      await page.close();
    },
  );

  it('shows progress, and reports what was read when it is cancelled', async () => {
    const { page } = await open();
    await drop(page, 'long.pcap', gunzipSync(readFileSync(BUSY)), 3000);
    await page.locator('#progress[value]').waitFor();
    expect(await page.locator('#progress-text').textContent()).toMatch(/^long\.pcap: .+ of .+ GB$/);
    await page.locator('#stop').click();
    await page.locator('#result').waitFor();
    expect(await page.locator('#summary').textContent()).toMatch(/^Stopped after [\d ]+ packets\./);
    await page.close();
  });

  it('opens and works without a network once it was loaded', async () => {
    const context = await served.browser.newContext({ timezoneId: 'UTC' });
    const page = await context.newPage();
    await page.goto(`${served.origin}/`);
    await page.locator('html[data-offline]').waitFor();
    await page.close();
    await context.setOffline(true);
    const again = await context.newPage();
    await again.goto(`${served.origin}/`);
    await again.locator('#sample').click();
    await reportIn(again).locator('table').first().waitFor();
    await context.close();
  });

  it('is used with the keyboard alone', async () => {
    const { page } = await open();
    const pressUntil = async (key: string, selector: string): Promise<void> => {
      for (let i = 0; i < 12; i++) {
        await page.keyboard.press(key);
        if (await page.evaluate<boolean>(`document.activeElement?.matches('${selector}') === true`)) return;
      }
      throw new Error(`${key} does not reach ${selector}`);
    };
    await pressUntil('Tab', '#sample');
    await page.keyboard.press('Enter');
    await reportIn(page).locator('table').first().waitFor();
    expect(await page.evaluate('document.activeElement.id')).toBe('result-title');
    await pressUntil('Tab', '[data-save=json]');
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(download.suggestedFilename()).toBe('wiretally-report.json');
    await pressUntil('Tab', '#again');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('files');
    await page.close();
  });

  it.each(WINDOWS)('is accessible, and not wider than the window ($name)', async ({ options }) => {
    const { page, complaints } = await open({ ...options, bypassCSP: true });
    await page.locator('#policy summary').click();
    const wide = 'document.documentElement.scrollWidth - window.innerWidth';
    expect(await violationsIn(page)).toEqual([]);
    expect(await page.evaluate(wide)).toBeLessThanOrEqual(0);
    await drop(page, 'no-capture.txt', Buffer.from('a text, and no capture at all'));
    await page.locator('#errors pre').waitFor();
    expect(await violationsIn(page)).toEqual([]);
    await page.locator('#sample').click();
    await reportIn(page).locator('table').first().waitFor();
    expect(await page.locator('#trouble').isVisible()).toBe(false);
    expect(await violationsIn(page)).toEqual([]);
    expect(await page.evaluate(wide)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('works at an address that the browser does not trust, without the offline copy', async () => {
    const other = await startBrowser(['--host-resolver-rules=MAP page.test 127.0.0.1']);
    const { page, complaints } = await openPage(other, `${served.origin.replace('127.0.0.1', 'page.test')}/`);
    await page.locator('html[data-ready]').waitFor();
    expect(await page.evaluate('window.isSecureContext')).toBe(false);
    await page.locator('#sample').click();
    await reportIn(page).locator('table').first().waitFor();
    expect(complaints).toEqual([]);
    await other.close();
  });

  it('works from the origin of `serve`, with its headers, and links to its pages and back', async () => {
    const site = await siteOver(sampleAudit(), { analyzer: readAnalyzer(join(root, 'dist/browser')) });
    const { page, requests, complaints } = await openPage(served.browser, site.url);
    await page.getByRole('link', { name: 'Analyze a file' }).click();
    await page.locator('html[data-offline]').waitFor();
    const loaded = requests.length;
    await page.locator('#sample').click();
    await reportIn(page).locator('table').first().waitFor();
    expect(requests.slice(loaded).filter((url) => !url.startsWith('blob:'))).toEqual([]);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.waitForURL(`${site.url}/`);
    expect(complaints).toEqual([]);
    await page.close();
    const policyOf = async (path: string): Promise<string | null> =>
      (await fetch(`${site.url}${path}`)).headers.get('content-security-policy');
    expect(await policyOf('/analyze/worker.js')).toMatch(/^default-src 'self';.*'wasm-unsafe-eval'/);
    expect(await policyOf('/analyze/nothing.js')).toBe(await policyOf('/'));
    await site.close();
  });

  it('survives hostile captures, with the errors of the command line', async () => {
    const { page, complaints } = await open();
    for (const { name, write } of HOSTILE) {
      const file = join(folder, name);
      await write(file);
      await page.setInputFiles('#file-input', file);
      await page.locator('#reading').waitFor({ state: 'hidden' });
      const errors = await page.locator('#errors pre').allTextContents();
      const { stderr } = await byCommandLine(file, 'csv');
      expect({ name, errors }).toEqual({ name, errors: errorsIn(stderr) });
      const again = page.locator('#again');
      if (await again.isVisible()) await again.click();
    }
    expect(complaints).toEqual([]);
    await page.close();
  });
});
