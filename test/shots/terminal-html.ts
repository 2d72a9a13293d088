// The text of a terminal with its colors (ECMA-48 8.3.117, SGR) as a page, for pictures.
const SGR = new RegExp(`${String.fromCharCode(27)}\\[([\\d;]*)m`);
const PALETTE = ['#2b2f36', '#f47067', '#6bc46d', '#f2cc60', '#6cb6ff', '#dcbdfb', '#56d4dd', '#d5dae1'];

interface Style {
  color: string | null;
  isBold: boolean;
  isFaint: boolean;
  isInverse: boolean;
}

const PLAIN: Style = { color: null, isBold: false, isFaint: false, isInverse: false };

export function terminalHtml(text: string): string {
  let style = PLAIN;
  const parts = text.split(SGR).map((part, i) => {
    if (i % 2 === 0) return part === '' ? '' : `<span style="${cssOf(style)}">${escapeText(part)}</span>`;
    style = styleAfter(style, part.split(';').map(Number));
    return '';
  });
  return `<meta charset="utf-8"><style>
body { margin: 0; background: #16181d; color: #d5dae1 }
pre { display: inline-block; margin: 0; padding: 10px; font: 14px/18px "DejaVu Sans Mono", monospace }
</style><pre>${parts.join('')}</pre>`;
}

function styleAfter(style: Style, codes: readonly number[]): Style {
  let next = style;
  for (const code of codes) {
    if (code === 0) next = PLAIN;
    else if (code === 1) next = { ...next, isBold: true };
    else if (code === 2) next = { ...next, isFaint: true };
    else if (code === 7) next = { ...next, isInverse: true };
    else if (code === 22) next = { ...next, isBold: false, isFaint: false };
    else if (code === 27) next = { ...next, isInverse: false };
    else if (code === 39) next = { ...next, color: null };
    else if (code >= 30 && code <= 37) next = { ...next, color: PALETTE[code - 30] ?? null };
    else if (code >= 90 && code <= 97) next = { ...next, color: PALETTE[code - 90] ?? null };
  }
  return next;
}

function cssOf({ color, isBold, isFaint, isInverse }: Style): string {
  const rules = [
    ...(isInverse
      ? [`background:${color ?? '#d5dae1'}`, 'color:#16181d']
      : color === null
        ? []
        : [`color:${color}`]),
    ...(isBold ? ['font-weight:bold'] : []),
    ...(isFaint ? ['opacity:.6'] : []),
  ];
  return rules.join(';');
}

const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
