// Which runtime sent a hello: by the exact form where it is known, else by its list of ciphers.

import type { HelloForm } from '../model/flow.ts';
import type { RuntimeEntry } from './schema.ts';

/** What a form of the hello tells of the program that sent it. */
export interface RuntimeSeen {
  /** Id of the runtime; "unknown" for hellos of no known one. */
  readonly id: string;
  readonly isBrowser: boolean;
  /**
   * A browser by what a hello of another runtime has as well, or would have with one parameter changed: its ciphers, or
   * that it came over QUIC.
   */
  readonly isDoubtful: boolean;
  /** Called by people and scripts; no AI tool is known to be built on it. */
  readonly isHandTool: boolean;
  /** "Bun 1.4.4 fetch", or the runtime's name where only the ciphers are known; null when unknown. */
  readonly label: string | null;
  /** Forms that one program shows side by side (resumed, padded) have one class. */
  readonly formClass: string;
  /** Versions of the runtime that send it; empty when not known. */
  readonly versions: readonly string[];
}

/** Where JA4 has the number of extensions. */
const EXTENSION_COUNT = [6, 8] as const;

export class Runtimes {
  readonly #entries: readonly RuntimeEntry[];
  readonly #byJa4 = new Map<string, { seen: RuntimeSeen; ja3: readonly string[] | undefined }[]>();
  readonly #known = new Map<string, RuntimeSeen>();

  constructor(entries: readonly RuntimeEntry[]) {
    this.#entries = entries;
    for (const entry of entries) {
      for (const build of entry.builds) {
        const { label, id: formClass, versions } = build;
        const seen = { ...traits(entry), isDoubtful: false, label, formClass, versions };
        for (const form of build.forms) {
          const list = this.#byJa4.get(form.ja4) ?? [];
          list.push({ seen, ja3: form.ja3 });
          this.#byJa4.set(form.ja4, list);
        }
      }
    }
  }

  seen(form: HelloForm): RuntimeSeen {
    const key = `${form.transport} ${form.ja4} ${form.ja3} ${form.alpn.join(',')}`;
    let seen = this.#known.get(key);
    if (seen === undefined) {
      seen = this.#classify(form);
      this.#known.set(key, seen);
    }
    return seen;
  }

  #classify(form: HelloForm): RuntimeSeen {
    const exact = this.#byJa4.get(form.ja4) ?? [];
    const match =
      exact.find(({ ja3 }) => ja3?.includes(form.ja3)) ??
      exact.find(({ ja3 }) => ja3 === undefined) ??
      exact[0];
    if (match !== undefined) return match.seen;
    const hash = form.ja4.split('_')[1] ?? '';
    const extensions = Number(form.ja4.slice(...EXTENSION_COUNT));
    for (const entry of this.#entries) {
      for (const cipher of entry.ciphers) {
        if (cipher.hash !== hash || (cipher.transport ?? 'tcp') !== form.transport) continue;
        if (cipher.withAlpn !== undefined && !form.alpn.includes(cipher.withAlpn)) continue;
        if (cipher.withoutAlpn !== undefined && form.alpn.includes(cipher.withoutAlpn)) continue;
        if (extensions < (cipher.minExtensions ?? 0)) continue;
        if (extensions > (cipher.maxExtensions ?? Number.POSITIVE_INFINITY)) continue;
        const formClass = entry.shufflesExtensions ? form.ja4 : `${form.ja4} ${form.ja3}`;
        const isDoubtful = entry.isBrowser && this.#isShared(hash);
        return { ...traits(entry), isDoubtful, label: entry.name, formClass, versions: [] };
      }
    }
    // Nothing but browsers (and what is built on one) was seen to speak HTTP/3.
    if (form.transport === 'quic') {
      return {
        id: 'browser',
        isBrowser: true,
        isDoubtful: true,
        isHandTool: false,
        label: 'HTTP/3 client',
        formClass: form.ja4,
        versions: [],
      };
    }
    const formClass = `${form.ja4} ${form.ja3}`;
    return {
      id: 'unknown',
      isBrowser: false,
      isDoubtful: false,
      isHandTool: false,
      label: null,
      formClass,
      versions: [],
    };
  }

  /** True when a runtime that is no browser has this list of ciphers. */
  #isShared(hash: string): boolean {
    return this.#entries.some(
      ({ isBrowser, ciphers }) => !isBrowser && ciphers.some((cipher) => cipher.hash === hash),
    );
  }
}

function traits(entry: RuntimeEntry): Pick<RuntimeSeen, 'id' | 'isBrowser' | 'isHandTool'> {
  return { id: entry.id, isBrowser: entry.isBrowser, isHandTool: entry.isHandTool === true };
}
