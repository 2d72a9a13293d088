// Looks up the host behind a pseudonym: an investigator gives a reason, which is logged before the answer.

import { omitUndefined } from '../../model/omit-undefined.ts';
import type { HostReport } from '../../model/report.ts';

/** Facts that identify a host. */
export type Identity = Pick<HostReport, 'host' | 'name' | 'mac' | 'addresses'>;

/** A line of the log, as `reidentify` writes it. */
export interface Opening {
  /** RFC 3339. */
  readonly time: string;
  readonly user: string;
  readonly pseudonym: string;
  readonly reason: string;
}

export interface Identities {
  /** Names of users with this role. */
  readonly investigators: ReadonlySet<string>;
  /** Finds the host of a pseudonym; null if the windows contain only the pseudonym. */
  behind(pseudonym: string): Identity | null;
  /** Logs a lookup. Resolves when it is on disk. Throws STORE_WRITE. */
  writeDown(opening: Opening): Promise<void>;
}

/** Maximum number of hosts that are kept for pseudonym lookups. The oldest are discarded first. */
const MAX_HOSTS = 100_000;

export class RememberedHosts {
  readonly #hosts = new Map<string, Identity>();

  remember(hosts: readonly HostReport[], nameOf: (host: string) => string): void {
    for (const { host, name, mac, addresses } of hosts) {
      const pseudonym = nameOf(host);
      // A window that already contains pseudonyms has no real hosts.
      if (pseudonym === host) continue;
      this.#hosts.delete(pseudonym);
      this.#hosts.set(pseudonym, { host, name, mac, ...omitUndefined({ addresses }) });
      const [oldest] = this.#hosts.keys();
      if (this.#hosts.size > MAX_HOSTS && oldest !== undefined) this.#hosts.delete(oldest);
    }
  }

  findIdentity(pseudonym: string): Identity | null {
    return this.#hosts.get(pseudonym) ?? null;
  }
}
