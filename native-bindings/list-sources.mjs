// Prints the native sources for binding.gyp: every .cc under src, in a fixed order.

import { readdirSync } from 'node:fs';

const files = readdirSync(new URL('src', import.meta.url), { recursive: true })
  .filter((file) => file.endsWith('.cc'))
  .sort();
console.log(files.map((file) => `src/${file.replaceAll('\\', '/')}`).join('\n'));
