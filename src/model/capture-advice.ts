// Recognizes advice on hidden traffic that no policy could accept. Documents have it in English, so reports in other
// languages find it by its words.

export const CAPTURE_ADVICE = {
  fromTheBeginning: 'capture from before the connections begin, with whole packets (snap length 0)',
  wholePackets: 'capture whole packets (snap length 0) and all fragments',
  bothDirections: 'capture both directions',
  onePoint: 'capture at one point only, without copies of packets',
  wholeInBothDirections: 'capture whole packets (snap length 0) in both directions',
  toolServers:
    'hidden traffic to servers of tools is not accepted, although a line of accept lists its destination',
  inClear: 'capture where these bytes are not encrypted, or pass --local-net for networks of your own',
} as const;

export type CaptureAdvice = keyof typeof CAPTURE_ADVICE;

/** Parses a line of advice; null for other lines. */
export const parseCaptureAdvice = (line: string): CaptureAdvice | null =>
  (Object.keys(CAPTURE_ADVICE) as CaptureAdvice[]).find((key) => CAPTURE_ADVICE[key] === line) ?? null;

export const moreDestinations = (count: number, kind: string): string =>
  `${count} more destinations of ${kind}: they are listed when these are accepted, or accept their networks`;

/** Reads a line of moreDestinations; null for other lines. */
export function moreDestinationsIn(line: string): { readonly count: number; readonly kind: string } | null {
  const [, count = '', kind = ''] = /^(\d+) more destinations of (\w+): /.exec(line) ?? [];
  return kind === '' ? null : { count: Number(count), kind };
}
