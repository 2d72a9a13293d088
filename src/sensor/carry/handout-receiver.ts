// Receiver of hand-outs: holds what the broker has for the sensors of a spool against what is in force, and replaces the
// file as a whole, or not at all.

import type { KeyObject } from 'node:crypto';
import { replaceFile } from '../../files/durable-file.ts';
import { plural } from '../../report/text/quantity.ts';
import { isFor, readHandout, type SignedHandout } from '../../store/handout.ts';
import { SealRefused } from '../../store/sealed.ts';
import type { HandoutKey } from '../../store/spool.ts';
import { visibleText } from '../../text/visible-text.ts';

export interface HandoutReceiverOptions {
  /** What sensors read. */
  readonly file: string;
  readonly trusted: readonly KeyObject[];
  /** Names of the sensors of the spool. */
  readonly sensors: () => Promise<readonly string[]>;
  /** What is in the file; null where there is none yet. Throws SealRefused. */
  readonly inForce: () => SignedHandout | null;
  /** The highest that ever was in force here, kept apart from the file; null where none was. Throws STORE_DAMAGED. */
  readonly highest: () => Promise<HandoutKey | null>;
  /** Keeps it. Throws STORE_WRITE. */
  readonly keepHighest: (handout: HandoutKey) => Promise<void>;
  /** Holds policy, hosts file and catalogue to their rules: what is wrong, or null. */
  readonly faultOf: (signed: SignedHandout) => Promise<string | null>;
  readonly say: (text: string) => void;
}

const keyOf = ({ handout, sha256 }: SignedHandout): HandoutKey => ({ revision: handout.revision, sha256 });

/** Refusals that are remembered, so that each is told once. */
const MAX_TOLD = 1000;

export class HandoutReceiver {
  readonly #options: HandoutReceiverOptions;
  readonly #told = new Set<string>();

  constructor(options: HandoutReceiverOptions) {
    this.#options = options;
  }

  /** The hand-out that is in force then; null where there is none. Throws STORE_WRITE. */
  async take(packages: readonly Uint8Array[]): Promise<SignedHandout | null> {
    const { file, say, faultOf, keepHighest } = this.#options;
    const highest = await this.#options.highest();
    const known = this.#inForce(highest);
    // Of a version that kept nothing, or of a file that was put there by hand.
    if (known !== null && known.handout.revision > (highest?.revision ?? 0)) await keepHighest(keyOf(known));
    const newest = await this.#newestOf(packages);
    if (newest === null || newest.sha256 === known?.sha256) return known;
    const { revision } = newest.handout;
    const least = known === null ? highest : keyOf(known);
    if (least !== null && revision < least.revision) {
      this.#tell(
        `hand-out ${revision} is offered, and ${least.revision} ${known === null ? 'was' : 'is'} in force: it never ` +
          'goes back; to return to older rules, hand them out under a higher revision',
      );
      return known;
    }
    if (least !== null && revision === least.revision && newest.sha256 !== least.sha256) {
      this.#tell(
        `two packages are signed as hand-out ${revision}: the one that ${known === null ? 'was in force counts' : 'is in force stays'}`,
      );
      return known;
    }
    const fault = await faultOf(newest);
    if (fault !== null) {
      const instead = known === null ? 'nothing' : `hand-out ${known.handout.revision}`;
      this.#tell(`hand-out ${revision} cannot be used here, ${instead} stays in force: ${fault}`);
      return known;
    }
    // Before the file: a kill between the two leaves a mark that takes this package again, and none below it.
    await keepHighest(keyOf(newest));
    await replaceFile(file, newest.bytes);
    say(`hand-out ${revision} of ${newest.handout.made} is in force: ${file}`);
    return newest;
  }

  /** Damaged on disk is as none, and so is an older one: what comes next takes its place. */
  #inForce(highest: HandoutKey | null): SignedHandout | null {
    try {
      const known = this.#options.inForce();
      if (known === null || known.handout.revision >= (highest?.revision ?? 0)) return known;
      this.#tell(
        `${this.#options.file}: holds hand-out ${known.handout.revision}, and ${highest?.revision} was in force: it is not used`,
      );
      return null;
    } catch (error) {
      if (!(error instanceof SealRefused)) throw error;
      this.#tell(`${this.#options.file}: ${error.message}`);
      return null;
    }
  }

  /** Of those that are for these sensors. */
  async #newestOf(packages: readonly Uint8Array[]): Promise<SignedHandout | null> {
    const { trusted, sensors } = this.#options;
    const names = await sensors();
    let newest: SignedHandout | null = null;
    let refused = 0;
    let reason = '';
    for (const bytes of packages) {
      try {
        const signed = readHandout(bytes, trusted);
        const isOurs =
          signed.handout.sensors.includes('*') || names.some((name) => isFor(signed.handout, name));
        if (isOurs && (newest === null || signed.handout.revision > newest.handout.revision)) newest = signed;
      } catch (error) {
        if (!(error instanceof SealRefused)) throw error;
        refused++;
        reason = error.message;
      }
    }
    if (refused > 0) this.#tell(`${plural(refused, 'package')} on the broker refused: ${reason}`);
    return newest;
  }

  /** Each thing once: it comes with every look at the broker. */
  #tell(text: string): void {
    if (this.#told.has(text)) return;
    if (this.#told.size < MAX_TOLD) this.#told.add(text);
    this.#options.say(visibleText(text));
  }
}
