// Holds the current batch, and caches of recent addresses, names and fingerprints.

import type { ClientFingerprint } from '../model/usage.ts';
import { ECH_SEEN, type EchSeen, type Transport } from '../model/window-words.ts';
import { ip4Text, ip6Text } from '../net/address.ts';
import { ByteCache, WordCache } from './byte-cache.ts';
import { hexText, macText, readableText } from './byte-text.ts';
import { alpnList, splitList } from './record-values.ts';

export class RecordContext {
  bytes = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);

  readonly #texts = new ByteCache(readableText);
  readonly #hex = new ByteCache(hexText);
  readonly #macs = new WordCache<string | null>();
  readonly #ip4 = new WordCache<string>();
  readonly #ip6 = new ByteCache(ip6Text);
  readonly #alpns = new ByteCache(alpnList);
  readonly #tunnels = new ByteCache((bytes, start, end) => splitList(readableText(bytes, start, end), '/'));

  /** Switches to another batch. */
  open(batch: Uint8Array<ArrayBuffer>): void {
    if (batch.buffer !== this.view.buffer || batch.byteOffset !== this.view.byteOffset) {
      this.view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    }
    this.bytes = batch;
  }

  /** Reads a long text, which rarely repeats and is not cached. */
  longText(at: number, end: number): string {
    return readableText(this.bytes, at, end);
  }

  address(at: number, ipVersion: number): string {
    if (ipVersion !== 4) return this.#ip6.get(this.bytes, at, at + 16);
    const word = this.view.getUint32(at, true);
    return this.#ip4.get(word, 0) ?? this.#ip4.put(word, 0, ip4Text(this.bytes, at));
  }

  mac(at: number): string | null {
    const low = this.view.getUint32(at, true);
    const high = this.view.getUint16(at + 4, true);
    const existing = this.#macs.get(low, high);
    return existing === undefined ? this.#macs.put(low, high, macText(this.bytes, at)) : existing;
  }

  text(at: number, length: number): string {
    return length === 0 ? '' : this.#texts.get(this.bytes, at, at + length);
  }

  tunnel(at: number, end: number): readonly string[] {
    return this.#tunnels.get(this.bytes, at, end);
  }

  /** Reads a zero-padded field, for example JA4. */
  paddedText(at: number): string {
    let end = at;
    while (end < at + PADDED_ROOM && this.bytes[end] !== 0) end++;
    return this.#texts.get(this.bytes, at, end);
  }

  md5(at: number): string {
    return this.#hex.get(this.bytes, at, at + MD5_BYTES);
  }

  alpn(at: number, length: number): readonly string[] {
    return this.#alpns.get(this.bytes, at, at + length);
  }

  ech(at: number): EchSeen {
    return ECH_NUMBERS[this.bytes[at] ?? 0] ?? 'none';
  }

  /** `ja3At` and `ja4At`: positions of the MD5 and the zero-padded text in the record. */
  fingerprint(
    ja3At: number,
    ja4At: number,
    echAt: number,
    alpnAt: number,
    alpnLength: number,
    transport: Transport,
  ): ClientFingerprint {
    return {
      transport,
      ja4: this.paddedText(ja4At),
      ja3: this.md5(ja3At),
      alpn: this.alpn(alpnAt, alpnLength),
      ech: this.ech(echAt),
    };
  }
}

/** Values by number: Ech of native-bindings/src/base/event.h. */
const ECH_NUMBERS: readonly EchSeen[] = [...ECH_SEEN, 'present'];
const MD5_BYTES = 16;
const PADDED_ROOM = 40;
