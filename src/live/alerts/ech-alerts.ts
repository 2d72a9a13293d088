// EchAlerts: raises an alert when a name of the catalogue is first answered with an ECH configuration. From then on browsers
// can hide this name from the sensor.

import type { EchAnswer, UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { renamePrivate } from '../../net/private-networks.ts';
import { renderEveEchOffer } from '../../report/format/eve.ts';
import { formatInstant } from '../../time/instant.ts';
import type { Alert } from './sinks.ts';

export interface EchAlertOptions {
  /** Null: alerts contain the addresses of local resolvers. */
  readonly pseudonymOf: ((host: string) => string) | null;
  readonly raise: (alert: Alert) => void;
  readonly print: (text: string) => void;
}

/** Maximum number of names with an alert: any host can query subdomains of a catalogue name and forge the answers. */
const MAX_NAMES = 256;

export class EchAlerts {
  readonly #options: EchAlertOptions;
  readonly #raised = new Set<string>();

  constructor(options: EchAlertOptions) {
    this.#options = options;
  }

  /** Takes closed windows. Raises each name once per run. */
  add(windows: readonly Pick<UsageWindow, 'queriedNames'>[]): void {
    const firsts = new Map<string, EchAnswer>();
    for (const { queriedNames } of windows)
      for (const { name, echAnswers } of queriedNames) {
        if (this.#raised.has(name)) continue;
        for (const answer of echAnswers) {
          const existing = firsts.get(name);
          if (existing === undefined || compareAnswers(answer, existing) < 0) firsts.set(name, answer);
        }
      }
    for (const [name, answer] of [...firsts].sort((a, b) => compareAnswers(a[1], b[1])))
      this.#raise(name, answer);
  }

  #raise(name: string, { resolver, firstUs, ttlSeconds }: EchAnswer): void {
    if (this.#raised.size >= MAX_NAMES) return;
    this.#raised.add(name);
    const { pseudonymOf, raise, print } = this.#options;
    const shown = pseudonymOf === null ? resolver : renamePrivate(resolver, pseudonymOf);
    const offer = { id: `ech/${name}`, name, resolver: shown, ttlSeconds, time: formatInstant(firstUs) };
    raise({
      id: offer.id,
      time: offer.time,
      severity: 'info',
      line: renderEveEchOffer(offer).trimEnd(),
      text: `info: ${name} offers Encrypted ClientHello: resolver ${shown} answered with a configuration, TTL ${ttlSeconds} s; browsers can hide this name from now on`,
    });
    if (this.#raised.size === MAX_NAMES)
      print(`${MAX_NAMES} names offer Encrypted ClientHello; reports contain the others`);
  }
}

const compareAnswers = (a: EchAnswer, b: EchAnswer): number =>
  a.firstUs - b.firstUs || compareText(a.resolver, b.resolver);
