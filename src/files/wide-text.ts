// Display width of text beyond ASCII, by a package that is loaded when such a text comes: most reports have none, and loading
// it costs a short command more than reading its capture.

import { createRequire } from 'node:module';
import { setWidthOfWide } from '../text/text-layout.ts';

let loaded: ((text: string) => number) | null = null;

function load(): (text: string) => number {
  const require = createRequire(import.meta.url);
  const { default: stringWidth }: typeof import('string-width') = require('string-width');
  return stringWidth;
}

/** For everything that lays out text. */
export const measureWideText = (): void =>
  setWidthOfWide((text) => {
    loaded ??= load();
    return loaded(text);
  });
