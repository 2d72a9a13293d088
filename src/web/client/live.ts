// Script of live pages: loads new content when the server announces it, and shows when the server is silent. A
// page in use (open details, keyboard focus) is not replaced: a button offers the new content.

{
  /** The server sends an event at least every eight seconds (event-stream.ts). */
  const SILENT_MS = 25_000;
  const RETRY_MS = 5000;
  const CLOSED = 2;

  /** Status line: shows the time of the page, that it is stale, or that new content is available. */
  class StatusLine {
    readonly place: HTMLElement;
    isStale = false;

    constructor(place: HTMLElement) {
      this.place = place;
    }

    print(text: string): void {
      if (this.place.textContent !== text) this.place.textContent = text;
    }

    /** Returns false if the line already showed this state. */
    markStale(isStale: boolean): boolean {
      if (isStale === this.isStale) return false;
      this.isStale = isStale;
      this.place.classList.toggle('susp', isStale);
      return true;
    }

    offer(onClick: () => void): void {
      if (this.place.querySelector('button') !== null) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn';
      button.textContent = 'Show what is new';
      button.addEventListener('click', onClick);
      this.place.replaceChildren(button);
    }
  }

  function isInUse(main: HTMLElement): boolean {
    const focused = document.activeElement;
    return (
      main.dataset.zooming !== undefined ||
      (focused !== null && focused !== main && main.contains(focused)) ||
      main.querySelector('details[open]:not([id])') !== null ||
      String(getSelection()) !== ''
    );
  }

  /** Replaces the content; open details stay open. */
  function replace(main: HTMLElement, next: HTMLElement): void {
    const open = [...main.querySelectorAll('details[open][id]')].map(({ id }) => id);
    main.replaceChildren(...[...next.childNodes].map((node) => document.adoptNode(node)));
    for (const id of open) {
      const details = document.getElementById(id);
      if (details instanceof HTMLDetailsElement) details.open = true;
    }
    main.dataset.version = next.dataset.version ?? '';
  }

  /** Loads the current page; null if the server has none. */
  async function fetched(): Promise<{ main: HTMLElement; words: string } | null> {
    const answer = await fetch(location.pathname + location.search);
    if (!answer.ok) return null;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const [main, line] = [page.getElementById('main'), page.getElementById('live')];
    return main === null || line === null ? null : { main, words: line.textContent ?? '' };
  }

  /** Shows the figures of a running sensor, by their place on the page. */
  function showFigures(main: HTMLElement, figures: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(figures)) {
      const at = main.querySelector(`[data-live="${name}"]`);
      if (at !== null && at.textContent !== text) at.textContent = text;
    }
  }

  function follow(line: StatusLine, main: HTMLElement): void {
    let shown = main.dataset.version;
    let heardMs = Date.now();
    let isAsking = false;
    let wanted: string | null = null;
    let words = line.place.textContent ?? '';
    let source = listen();

    function alive(): void {
      heardMs = Date.now();
      if (line.markStale(false) && wanted === null) line.print(words);
    }

    function stale(): void {
      if (!line.markStale(true)) return;
      const time = new Date().toLocaleTimeString([], {
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        hour12: false,
      });
      line.print(`Stale since ${time}: the server does not answer. Trying again.`);
    }

    async function load(version: string): Promise<void> {
      const next = await fetched();
      if (next === null) return;
      shown = next.main.dataset.version;
      replace(main, next.main);
      words = next.words;
      if (wanted === version || wanted === shown) wanted = null;
      line.place.classList.remove('susp');
      line.print(words);
      document.dispatchEvent(new Event('renewed'));
    }

    async function renew(): Promise<void> {
      if (isAsking || wanted === null) return;
      isAsking = true;
      // A failed load is repeated by the timer.
      await load(wanted).catch(() => undefined);
      isAsking = false;
    }

    function change(event: MessageEvent<string>): void {
      alive();
      wanted = event.data === shown ? null : event.data;
      if (wanted === null) return;
      if (isInUse(main)) line.offer(() => void renew());
      else void renew();
    }

    function listen(): EventSource {
      const events = new EventSource('/events');
      events.addEventListener('change', change);
      events.addEventListener('alive', alive);
      events.addEventListener('figures', (event: MessageEvent<string>) => {
        alive();
        showFigures(main, JSON.parse(event.data) as Record<string, string>);
      });
      events.addEventListener('error', stale);
      return events;
    }

    setInterval(() => {
      if (Date.now() - heardMs > SILENT_MS) stale();
      if (source.readyState === CLOSED) source = listen();
      if (wanted !== null && !line.isStale && !isInUse(main)) void renew();
    }, RETRY_MS);
  }

  const place = document.getElementById('live');
  const main = document.getElementById('main');
  if (place !== null && main !== null && 'EventSource' in window && main.dataset.still === undefined)
    follow(new StatusLine(place), main);
}
