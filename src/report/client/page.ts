// The script of a report page. The page is complete without it. It adds search, filters, sorting, CSV export of tables,
// the data of the report, the theme and printing. It keeps search, filters and order of a file in the fragment of the
// address.

import type { ScriptWords } from '../text/english-words.ts';

{
  const root = document.documentElement;
  const one = <E extends HTMLElement = HTMLElement>(
    selector: string,
    within: ParentNode = document,
  ): E | null => within.querySelector<E>(selector);
  const all = <E extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): E[] => [
    ...within.querySelectorAll<E>(selector),
  ];
  const KEPT_URL_MS = 60_000;
  /** Words of the script, which a page in another language contains. */
  const words: ScriptWords = {
    asCsv: ' as CSV',
    thisTable: 'This table',
    theseLines: 'These lines',
    otherTools: 'other tools, ',
    hosts: [' host, ', ' hosts, '],
    lines: [' line', ' lines'],
    openAll: 'Open all',
    closeAll: 'Close all',
    copy: 'Copy',
    copied: 'Copied',
    pressKeys: 'Press Ctrl+C',
    ...JSON.parse(document.body.dataset.words ?? '{}'),
  };
  root.classList.add('js');

  const theme = one('#theme');
  const isNightTheme = (): boolean =>
    root.dataset.theme === undefined
      ? matchMedia('(prefers-color-scheme:dark)').matches
      : root.dataset.theme === 'dark';
  theme?.setAttribute('aria-pressed', String(isNightTheme()));
  theme?.addEventListener('click', () => {
    root.dataset.theme = isNightTheme() ? 'light' : 'dark';
    theme.setAttribute('aria-pressed', String(isNightTheme()));
  });
  one('#print')?.addEventListener('click', () => print());

  function save(parts: BlobPart[], type: string, name: string): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), KEPT_URL_MS);
  }

  /** Only a report in a file has this button. Pages of a server have the same data below /api. */
  const json = one<HTMLButtonElement>('#json');
  const isFile = json !== null;
  const data = all('script.data');
  if (json !== null && data.length > 0 && 'DecompressionStream' in window)
    json.addEventListener('click', async () => {
      json.disabled = true;
      try {
        let next = 0;
        const bytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
          pull(controller) {
            const part = data[next++];
            if (part === undefined) controller.close();
            else
              controller.enqueue(Uint8Array.from(atob(part.textContent ?? ''), (char) => char.charCodeAt(0)));
          },
        });
        const inflated = bytes.pipeThrough(new DecompressionStream('deflate-raw'));
        save([await new Response(inflated).blob()], 'application/json', 'wiretally-report.json');
      } finally {
        json.disabled = false;
      }
    });
  else json?.remove();

  const hasKept = (): boolean => location.hash.startsWith('#?');
  const kept = (): URLSearchParams => new URLSearchParams(hasKept() ? location.hash.slice(2) : '');

  function keep(name: string, value: string): void {
    if (!isFile) return;
    const now = kept();
    if (value === '') now.delete(name);
    else now.set(name, value);
    const text = now.toString();
    history.replaceState(null, '', text === '' ? location.pathname + location.search : `#?${text}`);
  }

  function cellText(cell: Element): string {
    const clone = cell.cloneNode(true) as HTMLElement;
    for (const each of all('abbr[title]', clone)) each.textContent = each.title;
    for (const each of all('.hn,.grp,.ch,br', clone)) each.before(' ');
    return (clone.textContent ?? '').replaceAll(/[ \n]+/g, ' ').trim();
  }

  /** Writes a line after RFC 4180. A cell that a spreadsheet would read as a formula begins with an apostrophe. */
  function csvLine(cells: readonly string[]): string {
    const quoted = cells.map((cell) => {
      const isFormula = /^[=+\-@]/.test(cell) && !/^-?[0-9.]+$/.test(cell);
      const text = isFormula ? `'${cell}` : cell;
      return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    });
    return `${quoted.join(',')}\r\n`;
  }

  function tableCsv(table: HTMLTableElement): string {
    const head = table.tHead?.rows[table.tHead.rows.length - 1];
    const rows = [...table.rows].filter(
      (row) =>
        row.parentNode !== table.tHead && !row.classList.contains('gr') && row.closest('.hide') === null,
    );
    const heads = [...(head?.cells ?? [])].map(
      (cell) => (cell.classList.contains('oth') ? words.otherTools : '') + cellText(cell),
    );
    const lines = rows.map((row) => [...row.cells].map(cellText));
    return [...(head === undefined ? [] : [heads]), ...lines].map(csvLine).join('');
  }

  const listCsv = (list: Element): string =>
    all('.f:not(.hide) summary', list)
      .map((line) => csvLine([...line.children].map(cellText)))
      .join('');

  function offer(after: Element, name: string, text: () => string): void {
    const paragraph = document.createElement('p');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn csv';
    button.textContent = `${name}${words.asCsv}`;
    button.addEventListener('click', () => save([`\ufeff${text()}`], 'text/csv', 'wiretally.csv'));
    paragraph.appendChild(button);
    after.after(paragraph);
  }

  function offerTables(): void {
    for (const table of all<HTMLTableElement>('.scroll>table'))
      if (table.parentElement !== null) offer(table.parentElement, words.thisTable, () => tableCsv(table));
    for (const list of all('.flist')) offer(list, words.theseLines, () => listCsv(list));
    for (const line of all<HTMLDetailsElement>('.f'))
      line.addEventListener('toggle', () => {
        if (!line.open || line.dataset.csv !== undefined) return;
        line.dataset.csv = '1';
        for (const table of all<HTMLTableElement>('table', line))
          offer(table, table.caption?.textContent ?? words.thisTable, () => tableCsv(table));
      });
  }

  function find(wanted: string): void {
    let hosts = 0;
    let lines = 0;
    const fits = (text: string): boolean => wanted === '' || text.toLowerCase().includes(wanted);
    for (const body of all('.heat tbody')) {
      let here = 0;
      for (const row of all('tr[data-q]', body)) {
        const isFound = fits(row.dataset.q ?? '');
        row.classList.toggle('hide', !isFound);
        if (isFound) here++;
      }
      body.classList.toggle('hide', here === 0);
      hosts += here;
    }
    for (const row of all('#tools tbody tr,#violators tbody tr,#comparison tbody tr'))
      row.classList.toggle('hide', !fits(row.textContent ?? ''));
    for (const line of all('.f')) {
      const isFound = fits((line.firstElementChild?.textContent ?? '') + (line.dataset.q ?? ''));
      line.classList.toggle('miss', !isFound);
      if (isFound) lines++;
    }
    const counted = (count: number, [single, several]: readonly [string, string]): string =>
      `${count}${count === 1 ? single : several}`;
    const counts = `${counted(hosts, words.hosts)}${counted(lines, words.lines)}`;
    const place = one('#hn');
    if (place !== null) place.textContent = wanted === '' ? '' : counts;
  }

  function filter(kind: string): void {
    for (const button of all('[data-f]'))
      button.setAttribute('aria-pressed', String(button.dataset.f === kind));
    for (const line of all('#findings .f'))
      line.classList.toggle('hide', kind !== '' && line.dataset.k !== kind);
  }

  function sortTools(name: string, isUp: boolean): void {
    const heads = all<HTMLTableCellElement>('#tools thead th');
    const head = heads.find((each) => each.dataset.s !== undefined && each.textContent === name);
    const body = one<HTMLTableSectionElement>('#tools tbody');
    if (head === undefined || body === null) return;
    for (const each of heads) each.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', isUp ? 'ascending' : 'descending');
    const value = (row: HTMLTableRowElement): string => row.cells[head.cellIndex]?.dataset.v ?? '';
    const byText = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);
    const compare = (a: string, b: string): number =>
      head.dataset.s === 'n' ? Number(b) - Number(a) : byText(a, b);
    body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b)) * (isUp ? -1 : 1)));
  }

  function bind(): void {
    for (const place of all('.cpb')) offerCopies(place);
    for (const line of all<HTMLDetailsElement>('.f'))
      line.addEventListener('toggle', () => {
        if (line.open) offerCopies(line);
      });
    const search = one<HTMLInputElement>('#hq');
    search?.addEventListener('input', () => {
      const wanted = search.value.trim().toLowerCase();
      find(wanted);
      keep('q', wanted);
    });
    for (const button of all('[data-f]'))
      button.addEventListener('click', () => {
        filter(button.dataset.f ?? '');
        keep('f', button.dataset.f ?? '');
      });
    for (const button of all('[data-open]'))
      button.addEventListener('click', () => {
        const open = button.getAttribute('aria-pressed') !== 'true';
        for (const line of all<HTMLDetailsElement>(`#${button.dataset.open} .f`)) line.open = open;
        button.setAttribute('aria-pressed', String(open));
        button.textContent = open ? words.closeAll : words.openAll;
      });
    for (const head of all('#tools thead th[data-s]')) {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener('click', () => {
        const name = button.textContent ?? '';
        const isUp = head.getAttribute('aria-sort') === 'descending';
        sortTools(name, isUp);
        keep('sort', `${isUp ? '-' : ''}${name}`);
      });
    }
  }

  /**
   * Copies the text of an element. Pages without a secure context have no clipboard API, so their text is selected and
   * copied by command.
   */
  async function copy(place: HTMLElement): Promise<boolean> {
    const selection = getSelection();
    selection?.selectAllChildren(place);
    if (!isSecureContext) return document.execCommand('copy');
    return await navigator.clipboard.writeText(place.textContent ?? '').then(
      () => true,
      () => false,
    );
  }

  /** Adds one button for each text when its line is opened, because a report may have thousands. */
  function offerCopies(line: HTMLElement): void {
    for (const place of all('[data-copy]:not(.can)', line)) {
      const text = one('code', place);
      if (text === null) continue;
      place.classList.add('can');
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'btn';
      const print = (text: string): void => {
        button.textContent = text;
        button.setAttribute('aria-label', `${text}: ${place.dataset.copy}`);
      };
      print(words.copy);
      button.addEventListener('click', async () =>
        print((await copy(text)) ? words.copied : words.pressKeys),
      );
      place.append(button);
    }
  }

  /** Restores the state in the address, or opens the line that the address names. */
  function reveal(): void {
    const search = one<HTMLInputElement>('#hq');
    if (isFile && hasKept()) {
      const now = kept();
      const wanted = now.get('q') ?? '';
      const sort = now.get('sort') ?? '';
      if (search !== null) search.value = wanted;
      find(wanted.toLowerCase());
      filter(now.get('f') ?? '');
      if (sort !== '') sortTools(sort.replace(/^-/, ''), sort.startsWith('-'));
      return;
    }
    if (location.hash === '') return;
    const line = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest('details');
    if (!line) return;
    line.open = true;
    line.classList.remove('hide', 'miss');
    line.scrollIntoView({ block: 'start' });
  }

  bind();
  document.addEventListener('renewed', bind);
  if (isFile) offerTables();
  addEventListener('hashchange', reveal);
  reveal();

  /** Printing opens all evidence. Afterwards the lines that were closed are closed again. */
  let opened: HTMLDetailsElement[] = [];
  addEventListener('beforeprint', () => {
    opened = all<HTMLDetailsElement>('.f:not(.np,[open])');
    for (const line of opened) line.open = true;
  });
  addEventListener('afterprint', () => {
    for (const line of opened) line.open = false;
  });
}
