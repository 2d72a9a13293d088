// The windows of a running sensor, of the last day at most, as documents for pages: the report that `watch` would print.

import type { UsageWindow } from '../../../../model/usage.ts';
import { WindowBuffer } from '../../../../sensor/window-buffer.ts';
import { type Identity, KnownHosts } from '../../../../web/identity/identities.ts';
import type { PageSource } from '../../../../web/page-source.ts';
import type { WatchConfig } from '../config.ts';
import { QUARTERS_IN_MEMORY } from '../memory.ts';
import type { WatchVerbOptions } from '../options.ts';
import { readMemory } from '../report.ts';

export class LiveSource implements PageSource {
  readonly timezone: string;
  readonly #options: WatchVerbOptions;
  readonly #pseudonymOf: ((host: string) => string) | null;
  readonly #known = new KnownHosts();
  readonly #memory = new WindowBuffer(QUARTERS_IN_MEMORY);
  /** A new one after each start: what a page showed before is old. */
  readonly #start = Date.now();
  #config: WatchConfig;
  #changes = 0;

  constructor(
    options: WatchVerbOptions,
    config: WatchConfig,
    pseudonymOf: ((host: string) => string) | null,
  ) {
    this.#options = options;
    this.#config = config;
    this.#pseudonymOf = pseudonymOf;
    this.timezone = options.timezone ?? config.onDisk?.policy.timezone ?? 'UTC';
  }

  get config(): WatchConfig {
    return this.#config;
  }

  add(windows: readonly UsageWindow[]): void {
    this.#memory.add(windows);
    this.#changes++;
  }

  setConfig(config: WatchConfig): void {
    this.#config = config;
    this.#changes++;
  }

  version(): string {
    return `${this.#start}/${this.#changes}`;
  }

  async document(span: { readonly since?: number; readonly until?: number }) {
    const options = { ...this.#options, stamp: true };
    const nameOf = this.#pseudonymOf;
    const { document, apply } = readMemory(this.#memory.all(), this.#config, nameOf, options, span);
    if (nameOf !== null && options.investigator.length > 0) this.#known.remember(document.hosts, nameOf);
    return apply();
  }

  identity(pseudonym: string): Identity | null {
    return this.#known.behind(pseudonym);
  }
}
