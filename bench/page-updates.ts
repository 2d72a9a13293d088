// A page of a sensor in a browser: delay from the end of each window to its display. Ends after N windows, and prints
// milliseconds as JSON. A separate program, because it runs in the network namespace of the sensor.
//   node build/scripts/bench/page-updates.js ADDRESS:PORT PATH WINDOWS
import { chromium } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const LONGEST_MS = 60_000;
const [address = '', path = '/', windows = '30'] = process.argv.slice(2);

interface Update {
  /** When the page had changed, and when the last window that it shows ended: milliseconds since 1970. */
  readonly changedMs: number;
  readonly endedMs: number;
}

/** In the page: independent of other requests of the page. */
const WATCH = `new Promise((resolve) => {
  const main = document.getElementById('main'), was = main.dataset.version;
  const watching = new MutationObserver(() => {
    if (main.dataset.version === was) return;
    watching.disconnect();
    requestAnimationFrame(() => resolve(Date.now()));
  });
  watching.observe(main, { attributes: true });
})`;
const ENDED = `fetch('/api/v1/tools').then((answer) => answer.json()).then(({ period }) => Date.parse(period.until))`;

const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();
page.setDefaultTimeout(LONGEST_MS);
await page.goto(`http://${address}${path}`);
const updates: Update[] = [];
// The first change may be one that was under way.
for (let i = 0; i <= Number(windows); i++) {
  const changedMs = Number(await page.evaluate(WATCH));
  const endedMs = Number(await page.evaluate(ENDED));
  if (i > 0) updates.push({ changedMs, endedMs });
}
await browser.close();
console.log(JSON.stringify(updates.map(({ changedMs, endedMs }) => changedMs - endedMs)));
