// Draws the frame of the report element: a place to choose files, progress, errors and notes.

import type { PageTexts } from '../texts.ts';
import type { ErrorText } from '../worker-messages.ts';

/** Style of the element. Colors and fonts are those of the page around it. */
const STYLE = `:host{display:block}
[hidden]{display:none}
p,ul{margin:.4em 0}
pre{margin:.4em 0;padding:.6em .9em;border:1px solid;border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px}
button{font:inherit;min-height:36px;padding:.2em .9em;cursor:pointer}
progress{width:100%;max-width:40rem}
.drop{padding:1.2rem;text-align:center;border:2px dashed;border-radius:12px}
.drop.over{outline:3px solid Highlight}
iframe{display:block;box-sizing:border-box;width:100%;height:var(--wiretally-report-height,40rem);border:1px solid;border-radius:10px}`;

export interface ElementHandlers {
  choose(list: FileList | null): void;
  drop(transfer: DataTransfer): void;
  cancel(): void;
}

export interface ElementParts {
  /** The report is added to this element. */
  readonly frame: Element;
  word(texts: PageTexts): void;
  showChooser(): void;
  /** `share`: 0 to 1; null if unknown. */
  showProgress(share: number | null, text: string): void;
  showResult(summary: string, errors: readonly ErrorText[], notes: readonly string[]): void;
  showFailure(title: string, error: ErrorText, canChoose: boolean): void;
}

function createElement<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly Node[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

const buildPre = (lines: ErrorText): HTMLElement => createElement('pre', { textContent: lines.join('\n') });

function takeDrops(drop: HTMLElement, handlers: ElementHandlers): void {
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer !== null) handlers.drop(event.dataTransfer);
  });
}

export function makeParts(root: ShadowRoot, handlers: ElementHandlers): ElementParts {
  // A constructed style sheet also works with policies that forbid inline style.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const [dropHere, formats] = [createElement('p'), createElement('p')];
  const choose = createElement('button', { type: 'button' });
  const input = createElement('input', { type: 'file', multiple: true, hidden: true, tabIndex: -1 });
  const drop = createElement('div', { className: 'drop', hidden: true }, dropHere, choose, formats, input);
  const progress = createElement('progress', { max: 1 });
  const progressText = createElement('p', { role: 'status' });
  const cancel = createElement('button', { type: 'button' });
  const reading = createElement('div', { hidden: true }, progress, progressText, cancel);
  const title = createElement('p');
  const errors = createElement('div', { role: 'alert' });
  const summary = createElement('p', { role: 'status' });
  const notes = createElement('ul');
  const frame = createElement('div');
  const result = createElement('div', { hidden: true }, summary, title, errors, notes, frame);
  root.append(drop, reading, result);

  choose.addEventListener('click', () => input.click());
  cancel.addEventListener('click', () => handlers.cancel());
  input.addEventListener('change', () => {
    handlers.choose(input.files);
    input.value = '';
  });
  takeDrops(drop, handlers);

  let notAllRead = '';
  const show = (...parts: readonly HTMLElement[]): void => {
    for (const part of [drop, reading, result]) part.hidden = !parts.includes(part);
  };
  const showTexts = (
    heading: string,
    texts: readonly ErrorText[],
    list: readonly string[],
    sentence: string,
  ): void => {
    title.textContent = heading;
    title.hidden = texts.length === 0;
    errors.replaceChildren(...texts.map(buildPre));
    notes.replaceChildren(...list.map((note) => createElement('li', { textContent: note })));
    notes.hidden = list.length === 0;
    summary.textContent = sentence;
  };
  return {
    frame,
    word(texts) {
      dropHere.textContent = texts.dropHere;
      formats.textContent = texts.formats;
      choose.textContent = texts.chooseFiles;
      cancel.textContent = texts.cancel;
      input.ariaLabel = texts.captureFiles;
      progress.ariaLabel = texts.reading;
      notAllRead = texts.notAllRead;
    },
    showChooser: () => show(drop),
    showProgress(share, text) {
      if (share === null) progress.removeAttribute('value');
      else progress.value = share;
      progressText.textContent = text;
      show(reading);
    },
    showResult(sentence, texts, list) {
      showTexts(notAllRead, texts, list, sentence);
      show(result);
    },
    showFailure(heading, error, canChoose) {
      showTexts(heading, [error], [], '');
      show(result, ...(canChoose ? [drop] : []));
    },
  };
}
