// Finds the runtime that sent a hello: by the exact form if it is known, else by its list of ciphers.

import { addTo } from '../model/grouped-by.ts';
import type { ClientFingerprint } from '../model/usage.ts';
import type { RuntimeEntry, RuntimeSeen } from './schema.ts';

/** Maximum cached forms, some 20 MB. */
const MAX_KNOWN = 65_536;
/** Maximum forms of one JA3. Few forms differ only in fields outside JA3. */
const MAX_OF_ONE_JA3 = 8;

/** A form of one JA3, with its runtime. */
interface Known extends Pick<ClientFingerprint, 'transport' | 'ja4' | 'alpn'> {
  readonly seen: RuntimeSeen;
}

/** A form of one JA4. Without an ALPN list, it matches any offer. */
interface FormOfJa4 {
  readonly seen: RuntimeSeen;
  readonly ja3: readonly string[] | undefined;
  readonly alpn: readonly string[] | undefined;
}

/** A form that has a JA3, and the runtime that sends it. */
interface FormOfJa3 {
  readonly ja4: string;
  readonly entry: RuntimeEntry;
  readonly versions: readonly string[];
}

/** First protocols by their code in a JA4. */
const ALPN_CODES: ReadonlyMap<string, readonly string[]> = new Map([
  ['h1', ['http/1.1']],
  ['h2', ['h2']],
  ['h3', ['h3']],
]);

/** Position of the number of extensions in a JA4. */
const EXTENSION_COUNT = [6, 8] as const;

export class Runtimes {
  readonly #entries: readonly RuntimeEntry[];
  readonly #byJa4 = new Map<string, FormOfJa4[]>();
  /** Filled at the first fingerprint without a JA4, as logs have them. */
  readonly #byJa3 = new Map<string, FormOfJa3[]>();
  /** Runtimes by JA3. A browser that permutes its extensions has many JA3s for one JA4. */
  readonly #known = new Map<string, Known[]>();

  constructor(entries: readonly RuntimeEntry[]) {
    this.#entries = entries;
    for (const entry of entries) {
      for (const build of entry.builds) {
        const { label, id: fingerprintClass, versions } = build;
        const seen = { ...buildTraits(entry), isDoubtful: false, label, fingerprintClass, versions };
        for (const fingerprint of build.forms) {
          addTo(this.#byJa4, fingerprint.ja4, { seen, ja3: fingerprint.ja3, alpn: fingerprint.alpn });
        }
      }
    }
  }

  /**
   * Completes a fingerprint of a log from its parts: a JA4 contains the first protocol, and a JA3 may identify the JA4.
   */
  completed(fingerprint: ClientFingerprint): ClientFingerprint {
    if (fingerprint.alpn.length > 0) return fingerprint;
    const ja4 = fingerprint.ja4 === '' ? (this.#formsOfJa3(fingerprint.ja3)[0]?.ja4 ?? '') : fingerprint.ja4;
    const alpn = ALPN_CODES.get(ja4.slice(8, 10));
    return alpn === undefined ? fingerprint : { ...fingerprint, alpn };
  }

  #formsOfJa3(ja3: string): readonly FormOfJa3[] {
    if (this.#byJa3.size === 0) {
      for (const entry of this.#entries) {
        for (const build of entry.builds) {
          for (const form of build.forms) {
            for (const hash of form.ja3 ?? []) {
              const existing = this.#byJa3.get(hash);
              const knownForm = { ja4: form.ja4, entry, versions: build.versions };
              if (existing === undefined) this.#byJa3.set(hash, [knownForm]);
              else existing.push(knownForm);
            }
          }
        }
      }
    }
    return this.#byJa3.get(ja3) ?? [];
  }

  /**
   * Classifies a fingerprint with a JA3 only. Builds of one runtime share it. If two runtimes share it, the runtime is
   * unknown.
   */
  #classifyJa3({ ja3 }: ClientFingerprint): RuntimeSeen | null {
    const forms = this.#formsOfJa3(ja3);
    const [first, ...others] = forms;
    if (first === undefined || others.some(({ entry }) => entry.id !== first.entry.id)) return null;
    const versions = [...new Set(forms.flatMap((form) => form.versions))];
    return {
      ...buildTraits(first.entry),
      isDoubtful: false,
      label: first.entry.name,
      fingerprintClass: ja3,
      versions,
    };
  }

  seen(fingerprint: ClientFingerprint): RuntimeSeen {
    const { transport, ja4, ja3, alpn } = fingerprint;
    const existing = this.#known.get(ja3);
    for (const entry of existing ?? [])
      if (entry.ja4 === ja4 && entry.transport === transport && isSameList(entry.alpn, alpn))
        return entry.seen;
    const seen = this.#classify(fingerprint);
    const knownForm = { transport, ja4, alpn, seen };
    if (existing !== undefined && existing.length < MAX_OF_ONE_JA3) existing.push(knownForm);
    else if (this.#known.size < MAX_KNOWN) this.#known.set(ja3, [knownForm]);
    else this.#known.clear();
    return seen;
  }

  #classify(fingerprint: ClientFingerprint): RuntimeSeen {
    const sameJa4 = this.#byJa4.get(fingerprint.ja4) ?? [];
    // JA4 contains only the first protocol, so a list that no form is known to offer has no effect.
    const sameAlpn = sameJa4.filter(({ alpn }) => alpn === undefined || isSameList(alpn, fingerprint.alpn));
    const exact = sameAlpn.length === 0 ? sameJa4 : sameAlpn;
    const match =
      exact.find(({ ja3 }) => ja3?.includes(fingerprint.ja3)) ??
      exact.find(({ ja3 }) => ja3 === undefined) ??
      exact[0];
    if (match !== undefined) return match.seen;
    const byJa3 = fingerprint.ja4 === '' ? this.#classifyJa3(fingerprint) : null;
    if (byJa3 !== null) return byJa3;
    const hash = fingerprint.ja4.split('_')[1] ?? '';
    const extensions = Number(fingerprint.ja4.slice(...EXTENSION_COUNT));
    for (const entry of this.#entries) {
      for (const cipher of entry.ciphers) {
        if (cipher.hash !== hash || (cipher.transport ?? 'tcp') !== fingerprint.transport) continue;
        if (cipher.withAlpn !== undefined && !fingerprint.alpn.includes(cipher.withAlpn)) continue;
        if (cipher.withoutAlpn !== undefined && fingerprint.alpn.includes(cipher.withoutAlpn)) continue;
        if (extensions < (cipher.minExtensions ?? 0)) continue;
        if (extensions > (cipher.maxExtensions ?? Number.POSITIVE_INFINITY)) continue;
        const fingerprintClass = entry.shufflesExtensions
          ? fingerprint.ja4
          : `${fingerprint.ja4} ${fingerprint.ja3}`;
        const isDoubtful = entry.isBrowser && this.#isShared(hash);
        return { ...buildTraits(entry), isDoubtful, label: entry.name, fingerprintClass, versions: [] };
      }
    }
    // Only browsers, and programs based on one, used HTTP/3 in the recordings.
    if (fingerprint.transport === 'quic') {
      return {
        id: 'browser',
        isBrowser: true,
        isDoubtful: true,
        isHandTool: false,
        label: 'HTTP/3 client',
        fingerprintClass: fingerprint.ja4,
        versions: [],
      };
    }
    const fingerprintClass = `${fingerprint.ja4} ${fingerprint.ja3}`;
    return {
      id: 'unknown',
      isBrowser: false,
      isDoubtful: false,
      isHandTool: false,
      label: null,
      fingerprintClass,
      versions: [],
    };
  }

  /** True if a runtime that is not a browser has this list of ciphers. */
  #isShared(hash: string): boolean {
    return this.#entries.some(
      ({ isBrowser, ciphers }) => !isBrowser && ciphers.some((cipher) => cipher.hash === hash),
    );
  }
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((text, i) => text === b[i]));
}

function buildTraits(entry: RuntimeEntry): Pick<RuntimeSeen, 'id' | 'isBrowser' | 'isHandTool'> {
  return { id: entry.id, isBrowser: entry.isBrowser, isHandTool: entry.isHandTool === true };
}
