// Receives signed configurations: compares the packages on the broker with the one in force and replaces the file
// atomically.

import type { KeyObject } from 'node:crypto';
import { replaceFile } from '../../files/durable-file.ts';
import { SealRefused } from '../../store/sealed.ts';
import { appliesTo, readSignedConfig, type SignedConfig } from '../../store/signed-config.ts';
import type { SignedConfigKey } from '../../store/spool.ts';
import { plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';

export interface SignedConfigReceiverOptions {
  /** File that the sensors read. */
  readonly file: string;
  readonly trusted: readonly KeyObject[];
  readonly sensors: () => Promise<readonly string[]>;
  /** Content of the file; null without a file. Throws SealRefused. */
  readonly inForce: () => SignedConfig | null;
  /** Highest revision ever in force here, stored separately from the file; null for none. Throws STORE_DAMAGED. */
  readonly highest: () => Promise<SignedConfigKey | null>;
  /** Persists the highest revision. Throws STORE_WRITE. */
  readonly keepHighest: (key: SignedConfigKey) => Promise<void>;
  /** Validates policy, hosts file and catalogue entries; returns the first fault, or null. */
  readonly faultOf: (signed: SignedConfig) => Promise<string | null>;
  readonly print: (text: string) => void;
}

const buildKey = ({ config, sha256 }: SignedConfig): SignedConfigKey => ({
  revision: config.revision,
  sha256,
});

/** Maximum number of remembered messages; each message is logged once. */
const MAX_LOGGED = 1000;

export class SignedConfigReceiver {
  readonly #options: SignedConfigReceiverOptions;
  readonly #logged = new Set<string>();

  constructor(options: SignedConfigReceiverOptions) {
    this.#options = options;
  }

  /** Returns the configuration in force afterwards; null for none. Throws STORE_WRITE. */
  async take(packages: readonly Uint8Array[]): Promise<SignedConfig | null> {
    const { file, print, faultOf, keepHighest } = this.#options;
    const highest = await this.#options.highest();
    const existing = this.#inForce(highest);
    // An administrator may have copied the file here.
    if (existing !== null && existing.config.revision > (highest?.revision ?? 0))
      await keepHighest(buildKey(existing));
    const newest = await this.#newestOf(packages);
    if (newest === null || newest.sha256 === existing?.sha256) return existing;
    const { revision } = newest.config;
    const least = existing === null ? highest : buildKey(existing);
    if (least !== null && revision < least.revision) {
      this.#logOnce(
        `signed configuration ${revision} is older than ${least.revision}, which ${existing === null ? 'was' : 'is'} in force: ` +
          'ignored; to return to older rules, publish them under a higher revision',
      );
      return existing;
    }
    if (least !== null && revision === least.revision && newest.sha256 !== least.sha256) {
      this.#logOnce(
        `two packages are signed with revision ${revision}: the one that ${existing === null ? 'was in force counts' : 'is in force stays'}`,
      );
      return existing;
    }
    const fault = await faultOf(newest);
    if (fault !== null) {
      const instead = existing === null ? 'nothing' : `revision ${existing.config.revision}`;
      this.#logOnce(
        `signed configuration ${revision} cannot be used here, ${instead} stays in force: ${fault}`,
      );
      return existing;
    }
    // Written before the file: after a kill between the two writes, this package is accepted again and no older one.
    await keepHighest(buildKey(newest));
    await replaceFile(file, newest.bytes);
    print(`signed configuration ${revision} of ${newest.config.made} is in force: ${file}`);
    return newest;
  }

  /** A damaged or older file counts as none; the next package replaces it. */
  #inForce(highest: SignedConfigKey | null): SignedConfig | null {
    try {
      const known = this.#options.inForce();
      if (known === null || known.config.revision >= (highest?.revision ?? 0)) return known;
      this.#logOnce(
        `${this.#options.file}: holds signed configuration ${known.config.revision}, and ${highest?.revision} was in force: it is not used`,
      );
      return null;
    } catch (error) {
      if (!(error instanceof SealRefused)) throw error;
      this.#logOnce(`${this.#options.file}: ${error.message}`);
      return null;
    }
  }

  /** Finds the newest package for one of these sensors. */
  async #newestOf(packages: readonly Uint8Array[]): Promise<SignedConfig | null> {
    const { trusted, sensors } = this.#options;
    const names = await sensors();
    let newest: SignedConfig | null = null;
    let refused = 0;
    let reason = '';
    for (const bytes of packages) {
      try {
        const signed = readSignedConfig(bytes, trusted);
        const isOurs =
          signed.config.sensors.includes('*') || names.some((name) => appliesTo(signed.config, name));
        if (isOurs && (newest === null || signed.config.revision > newest.config.revision)) newest = signed;
      } catch (error) {
        if (!(error instanceof SealRefused)) throw error;
        refused++;
        reason = error.message;
      }
    }
    if (refused > 0) this.#logOnce(`${plural(refused, 'package')} on the broker refused: ${reason}`);
    return newest;
  }

  /** Logs each message once, because a condition recurs with every poll of the broker. */
  #logOnce(text: string): void {
    if (this.#logged.has(text)) return;
    if (this.#logged.size < MAX_LOGGED) this.#logged.add(text);
    this.#options.print(visibleText(text));
  }
}
