// Draws what the program prints for the demo capture as a picture of a terminal: `npm run docs:shots` writes
// docs/shots/terminal.svg.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const COLUMNS = 100;
const LINES = 48;
const CELL = { width: 8.4, height: 18 };
const PADDING = 14;
/** Codes of src/text/text-layout.ts; the colors have a contrast of at least 4.5 to the ground. */
const COLORS = { 31: '#ff8a80', 32: '#8fd694', 33: '#ffd479', 34: '#9ec1ff' };

const question = ['captures/demo.pcap.gz', '--policy', 'captures/demo-policy.yaml'];
const { stdout } = spawnSync(
  process.execPath,
  ['dist/cli/main.js', 'analyze', ...question, '--quiet', '--detail', 'brief', '--color', 'always'],
  {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...process.env, COLUMNS: String(COLUMNS), LANG: 'C.UTF-8' },
  },
);

const ESCAPE = '\u001b[';
const escapeText = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Attributes of a stretch of text with these codes: color, weight, paleness. */
function style(codes) {
  const color = codes.map((code) => COLORS[code]).find((one) => one !== undefined);
  return [
    ...(color === undefined ? [] : [`fill="${color}"`]),
    ...(codes.includes('1') ? ['font-weight="bold"'] : []),
    ...(codes.includes('2') ? ['fill="#a8b0bd"'] : []),
  ].join(' ');
}

/** Each stretch stands at its column: fonts differ in the width of blocks and bars. */
function drawLine(line, row) {
  const y = PADDING + (row + 1) * CELL.height - 5;
  let column = 0;
  return line
    .split(ESCAPE)
    .map((part, i) => (i === 0 ? ['', '0', part] : (/^([\d;]*)m(.*)$/s.exec(part) ?? ['', '0', part])))
    .map(([, codes, text]) => {
      const x = (PADDING + column * CELL.width).toFixed(1);
      const length = [...text].length;
      column += length;
      if (text.trim() === '') return '';
      const width = (length * CELL.width).toFixed(1);
      return `<text x="${x}" y="${y}" textLength="${width}" xml:space="preserve" ${style(codes.split(';'))}>${escapeText(text)}</text>`;
    })
    .join('');
}

const lines = [
  '$ wiretally analyze demo.pcap.gz --policy demo-policy.yaml',
  ...stdout.split('\n').slice(0, LINES),
];
const width = Math.ceil(2 * PADDING + COLUMNS * CELL.width);
const height = 2 * PADDING + lines.length * CELL.height;
writeFileSync(
  'docs/shots/terminal.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Terminal: the report of the demo capture">
<rect width="100%" height="100%" rx="8" fill="#16191f"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" fill="#e6e9ee">
${lines
  .map(drawLine)
  .filter((line) => line !== '')
  .join('\n')}
</g>
</svg>
`,
);
