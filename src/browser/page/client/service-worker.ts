// Caches the files of the page, so that the page opens without a network. It answers requests for these files only.

/** The build inserts the file names, and one digest of all files. */
declare const VERSION: string;
declare const FILES: readonly string[];

/** The DOM library has no types for the events of a service worker. */
interface LifecycleEvent extends Event {
  waitUntil(done: Promise<unknown>): void;
}
interface RequestEvent extends Event {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

const PREFIX = 'wiretally-page-';
const CACHE_NAME = `${PREFIX}${VERSION}`;
const fileAddress = (file: string): string => new URL(file, location.href).href;
const pageAddresses = new Set(FILES.map(fileAddress));

addEventListener('install', (event) => {
  const fillCache = async (): Promise<void> => {
    const cache = await caches.open(CACHE_NAME);
    // `no-cache` revalidates cached files, so that all belong to one version.
    await cache.addAll(FILES.map((file) => new Request(fileAddress(file), { cache: 'no-cache' })));
  };
  (event as LifecycleEvent).waitUntil(fillCache());
});

addEventListener('activate', (event) => {
  const deleteOldCaches = async (): Promise<void> => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE_NAME);
    await Promise.all(names.map((name) => caches.delete(name)));
  };
  (event as LifecycleEvent).waitUntil(deleteOldCaches());
});

addEventListener('fetch', (event) => {
  const { request } = event as RequestEvent;
  const address = request.url.replace(/[?#].*$/, '').replace(/\/index\.html$/, '/');
  if (request.method !== 'GET' || !pageAddresses.has(address)) return;
  const answer = async (): Promise<Response> =>
    (await (await caches.open(CACHE_NAME)).match(address)) ?? (await fetch(request));
  (event as RequestEvent).respondWith(answer());
});
