// Describes errors for a terminal and for pages, in the terms of the command line: what failed, where, and the fix.

import { type ErrorCode, WiretallyError } from '../../model/errors.ts';
import { visibleText } from '../../text/visible-text.ts';

export interface ErrorWords {
  readonly code: string;
  readonly what: string;
  readonly where: string | null;
  readonly next: string | null;
}

/** Errors that list every fault of a file, each on its own line. */
const HAS_LINES: ReadonlySet<ErrorCode> = new Set([
  ...([
    'POLICY_INVALID',
    'CATALOGUE_INVALID',
    'CONFIG_INVALID',
    'REGISTER_INVALID',
    'SENSORS_INVALID',
    'RECEIVERS_INVALID',
  ] as const),
]);

/** Adds advice on the command line, because errors of lower layers do not know its options. */
const ADVICE: Readonly<Partial<Record<ErrorCode, { readonly where?: string; readonly next?: string }>>> = {
  FILTER_INVALID: {
    where: 'option --filter',
    next: 'write for example --filter "tcp port 443"; see pcap-filter(7)',
  },
  CONFIG_INVALID: { next: 'fix it, then run wiretally config check' },
  POLICY_INVALID: {
    next: 'fix it, then run wiretally policy check; wiretally policy schema prints the format',
  },
  HOSTS_INVALID: { next: 'write the header "match,group", then for example "10.20.0.0/16,office"' },
  SENSORS_INVALID: { next: 'fix it; docs/fleet.md describes the format' },
  RECEIVERS_INVALID: { next: 'fix it; docs/deployment.md describes the format' },
  CATALOGUE_INVALID: { next: 'fix it, then run wiretally catalogue lint --catalogue DIR' },
};

const visible = (text: string | null): string | null => (text === null ? null : visibleText(text));

export function errorWords(error: unknown): ErrorWords {
  if (error instanceof WiretallyError) {
    return {
      code: error.code,
      what: HAS_LINES.has(error.code)
        ? error.message.split('\n').map(visibleText).join('\n')
        : visibleText(error.message),
      where: visible(error.where ?? ADVICE[error.code]?.where ?? null),
      next: visible(error.next ?? ADVICE[error.code]?.next ?? null),
    };
  }
  const what = error instanceof Error ? error.message : String(error);
  return {
    code: 'INTERNAL',
    what: visibleText(what),
    where: null,
    next: 'this is a fault of wiretally; run again with WIRETALLY_DEBUG=1 and report the output',
  };
}

/** Lines for people. */
export function errorLines({ what, where, next }: ErrorWords): string[] {
  return [
    what,
    // Many messages begin with their file, so the location would repeat it.
    ...(where === null || what.startsWith(where) ? [] : [`  where: ${where}`]),
    ...(next === null ? [] : [`  next:  ${next}`]),
  ];
}
