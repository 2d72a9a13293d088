// The script of pages that change: loads new content when the server announces it, and reports a server that is silent. A
// page in use (scrolled into details, moved through by keyboard) is not replaced: a button offers the new content.

{
  /** Events come every eight seconds at least, see events.ts. */
  const SILENT_MS = 25_000;
  const RETRY_MS = 5000;
  const CLOSED = 2;

  function follow(place: HTMLElement, main: HTMLElement): void {
    let shown = main.dataset.version;
    let heardMs = Date.now();
    let isStale = false;
    let isAsking = false;
    let wanted: string | null = null;
    let words = place.textContent ?? '';
    let source = listen();

    const say = (text: string): void => {
      if (place.textContent !== text) place.textContent = text;
    };

    function alive(): void {
      heardMs = Date.now();
      if (!isStale) return;
      isStale = false;
      place.classList.remove('susp');
      if (wanted === null) say(words);
    }

    function stale(): void {
      if (isStale) return;
      isStale = true;
      place.classList.add('susp');
      const time = new Date().toLocaleTimeString([], {
        ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false },
      });
      say(`Stale since ${time}: the server does not answer. Trying again.`);
    }

    function isInUse(): boolean {
      const focused = document.activeElement;
      return (
        main.dataset.zooming !== undefined ||
        (focused !== null && focused !== main && main.contains(focused)) ||
        main.querySelector('details[open]:not([id])') !== null ||
        String(getSelection()) !== ''
      );
    }

    function offer(): void {
      if (place.querySelector('button') !== null) return;
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn';
      button.textContent = 'Show what is new';
      button.addEventListener('click', () => void renew());
      place.replaceChildren(button);
    }

    async function load(asked: string): Promise<void> {
      const answer = await fetch(location.pathname + location.search);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const next = page.getElementById('main');
      const line = page.getElementById('live');
      if (next === null || line === null) return;
      const open = [...main.querySelectorAll('details[open][id]')].map(({ id }) => id);
      main.replaceChildren(...[...next.childNodes].map((node) => document.adoptNode(node)));
      for (const id of open) {
        const details = document.getElementById(id);
        if (details instanceof HTMLDetailsElement) details.open = true;
      }
      shown = next.dataset.version;
      main.dataset.version = shown ?? '';
      words = line.textContent ?? '';
      if (wanted === asked || wanted === shown) wanted = null;
      place.classList.remove('susp');
      say(words);
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
      if (event.data === shown) {
        wanted = null;
        return;
      }
      wanted = event.data;
      if (isInUse()) offer();
      else void renew();
    }

    /** Figures of a running sensor, by their place on the page. */
    function figures(event: MessageEvent<string>): void {
      alive();
      for (const [name, text] of Object.entries(JSON.parse(event.data) as Record<string, string>)) {
        const at = main.querySelector(`[data-live="${name}"]`);
        if (at !== null && at.textContent !== text) at.textContent = text;
      }
    }

    function listen(): EventSource {
      const events = new EventSource('/events');
      events.addEventListener('change', change);
      events.addEventListener('alive', alive);
      events.addEventListener('figures', figures);
      events.addEventListener('error', stale);
      return events;
    }

    setInterval(() => {
      if (Date.now() - heardMs > SILENT_MS) stale();
      if (source.readyState === CLOSED) source = listen();
      if (wanted !== null && !isStale && !isInUse()) void renew();
    }, RETRY_MS);
  }

  const place = document.getElementById('live');
  const main = document.getElementById('main');
  if (place !== null && main !== null && 'EventSource' in window && main.dataset.still === undefined)
    follow(place, main);
}
