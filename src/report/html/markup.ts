// Builds HTML that is safe by construction: it escapes every text in a template and makes hidden characters visible.

import { visibleOnPage } from '../../text/visible-text.ts';

/** Markup that `html` has built. Everything else is text. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Part = Html | string | number | null | false | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return visibleOnPage(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}

function render(part: Part): string {
  if (part === null || part === false) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'string') return escapeText(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}

/** Builds markup from a tagged template: html`<td>${text}</td>`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] ?? '';
  parts.forEach((part, i) => {
    markup += render(part) + (strings[i + 1] ?? '');
  });
  return new Html(markup);
}

export const NOTHING = new Html('');

export function join(parts: readonly Html[], separator = ''): Html {
  return new Html(parts.map((part) => part.markup).join(separator));
}

/** Signs next to words, so that no meaning depends on color alone. */
const ICONS = {
  violation: '<path d="M6 .8 11.2 6 6 11.2.8 6z"/>',
  suspected: '<path d="M6 1.6 10.4 6 6 10.4 1.6 6z" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  note: '<circle cx="6" cy="6" r="4.2" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  good: '<path d="M2 6.4 4.8 9.2 10.2 3" fill="none" stroke="currentColor" stroke-width="1.9"/>',
  exempt:
    '<rect x="1.8" y="1.8" width="8.4" height="8.4" fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2.1 1.4"/>',
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): Html {
  return new Html(
    `<svg class="ic" width="12" height="12" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true">${ICONS[name]}</svg>`,
  );
}

/** Rounds a coordinate to one decimal, which is sufficient on a page. */
export const roundCoordinate = (value: number): string => String(Math.round(value * 10) / 10);

/** Converts **words** of a message to bold text and [words] to a link. */
export function renderMarks(message: string, to = ''): Html {
  const parts = message.split(/(\*\*[^*]+\*\*|\[[^\]]+\])/);
  return join(
    parts.map((part) =>
      part.startsWith('**')
        ? html`<b>${part.slice(2, -2)}</b>`
        : part.startsWith('[')
          ? html`<a href="${to}">${part.slice(1, -1)}</a>`
          : html`${part}`,
    ),
  );
}
