// By which names a server may be asked. Any address, since no foreign page can make a browser ask for one under its own
// name; of names only the own ones (DNS rebinding).

import { isIP } from 'node:net';

export function isOwnName(host: string, publicNames: readonly string[]): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host);
  const word = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (name?.[1] !== undefined) return isIP(word) === 6;
  return word === 'localhost' || isIP(word) === 4 || publicNames.includes(word);
}
