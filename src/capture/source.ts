// What stands behind a name on the command line: a capture file, standard input, or an interface.

import { statSync } from 'node:fs';

export type Source =
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'stdin'; readonly name: '-' }
  | { readonly kind: 'interface'; readonly name: string };

/** Interface names: up to 15 characters without '/' and blanks (Linux IFNAMSIZ); a file of that name goes before it. */
const INTERFACE_NAME = /^[A-Za-z][^\s/]{0,14}$/;

/** "-" is standard input, a path that exists or that no interface could have is a file, the rest an interface. */
export function parseSource(text: string): Source {
  if (text === '-') return { kind: 'stdin', name: '-' };
  const exists = statSync(text, { throwIfNoEntry: false }) !== undefined;
  if (exists || !INTERFACE_NAME.test(text) || text.includes('.pcap')) return { kind: 'file', name: text };
  return { kind: 'interface', name: text };
}
