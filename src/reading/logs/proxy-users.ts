// Users that a proxy logged for connections to listed names, by pseudonyms: names of their hosts in windows.

import type { UsageWindow } from '../../model/usage.ts';
import { type TimestampUs, US } from '../../time/units.ts';
import { smallestTexts } from '../../window/sums.ts';

/** Names of one host in a window of a sensor. */
const MAX_NAMES = 16;
/** Hosts with users, over all windows. */
const MAX_HOSTS = 262_144;

export class ProxyUsers {
  readonly #windowUs: number;
  readonly #userOf: (user: string) => string;
  readonly #users = new Map<string, readonly string[]>();
  /** Users that were left out. */
  #beyond = 0;

  constructor(windowUs: number, userOf: (user: string) => string) {
    this.#windowUs = windowUs;
    this.#userOf = userOf;
  }

  add(host: string, user: string, us: TimestampUs): void {
    const key = keyOf(Math.floor(us / this.#windowUs) * this.#windowUs, host);
    const known = this.#users.get(key);
    if (known === undefined && this.#users.size >= MAX_HOSTS) {
      this.#beyond++;
      return;
    }
    const name = this.#userOf(user);
    if (known?.includes(name) !== true)
      this.#users.set(key, smallestTexts([...(known ?? []), name], MAX_NAMES));
  }

  /** The same windows; a user is a name of the host. */
  addTo(windows: readonly UsageWindow[]): UsageWindow[] {
    return windows.map((window) => ({
      ...window,
      hosts: window.hosts.map((host) => {
        const users = this.#users.get(keyOf(window.startSeconds * US, host.host));
        return users === undefined
          ? host
          : { ...host, names: smallestTexts([...host.names, ...users], MAX_NAMES) };
      }),
    }));
  }

  notes(): string[] {
    return this.#beyond === 0 ? [] : [`rows whose users are left out: ${this.#beyond}`];
  }
}

const keyOf = (windowUs: TimestampUs, host: string): string => `${windowUs} ${host}`;
