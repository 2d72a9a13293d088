// Measures the display width of text beyond ASCII. The package is loaded on demand: most reports need none, and loading
// it takes longer than a short command needs to read its capture.

import { createRequire } from 'node:module';
import { setWidthOfWide } from '../text/text-layout.ts';

let loaded: ((text: string) => number) | null = null;

function load(): (text: string) => number {
  const require = createRequire(import.meta.url);
  const { default: stringWidth }: typeof import('string-width') = require('string-width');
  return stringWidth;
}

/** Enables correct widths for all layouts of text. */
export const measureWideText = (): void =>
  setWidthOfWide((text) => {
    loaded ??= load();
    return loaded(text);
  });
