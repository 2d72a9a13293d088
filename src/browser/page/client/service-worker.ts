// Caches the files of the page, so that the page opens without a network. It answers requests for these files only.

/** The build sets a digest of all files, and their names. */
declare const VERSION: string;
declare const FILES: readonly string[];

/** Used parts of the scope of a service worker: the DOM library has no types for it. */
interface Kept extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface Requested extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const PREFIX = 'wiretally-page-';
const NAME = `${PREFIX}${VERSION}`;
const fileAddress = (file: string): string => new URL(file, location.href).href;
const known = new Set(FILES.map(fileAddress));

addEventListener('install', (event) => {
  const keep = async (): Promise<void> => {
    const cache = await caches.open(NAME);
    // `no-cache` revalidates cached files, so that all belong to one version.
    await cache.addAll(FILES.map((file) => new Request(fileAddress(file), { cache: 'no-cache' })));
  };
  (event as Kept).waitUntil(keep());
});

addEventListener('activate', (event) => {
  const clean = async (): Promise<void> => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
    await Promise.all(names.map((name) => caches.delete(name)));
  };
  (event as Kept).waitUntil(clean());
});

addEventListener('fetch', (event) => {
  const { request, respondWith } = event as Requested;
  const address = request.url.replace(/[?#].*$/, '').replace(/\/index\.html$/, '/');
  if (request.method !== 'GET' || !known.has(address)) return;
  const answer = async (): Promise<Response> =>
    (await (await caches.open(NAME)).match(address)) ?? (await fetch(request));
  respondWith.call(event, answer());
});
