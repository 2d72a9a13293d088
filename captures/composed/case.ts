// What a composed case is: captures made of recordings, and the truth about each machine in them.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import type { RecordingLibrary } from './library.ts';
import type { Scene } from './scene.ts';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** A tool that ran on a machine. */
export interface Use {
  readonly tool: string;
  /** Whether packets can tell it: then it must be named, certain or likely. */
  readonly mustName: boolean;
  /** Model requests that the capture shows; a range where a cut leaves it open; null: not held against the report. */
  readonly requests: Bounds | null;
}

export interface MachineTruth {
  /** All addresses of one machine: their rows are added up. */
  readonly addresses: readonly string[];
  readonly uses: readonly Use[];
  /** Something about an AI tool, a relay or an unknown program must be told of this machine. */
  readonly mustTell?: boolean;
}

export interface PolicyTruth {
  readonly text: string;
  readonly verdicts: Readonly<Record<string, 'kept' | 'notKept' | 'cannotSay'>>;
  /** Of each violation: the machine's address, the tool, and how many requests were made in violation. */
  readonly violations: readonly { readonly host: string; readonly tool: string; readonly requests: Bounds }[];
}

export interface CaseMaterial {
  /** What the case does, for people. */
  readonly about: string;
  /** One file each. */
  readonly captures: readonly (readonly Frame[])[];
  /** Files given together, or each analysed on its own and the windows merged. */
  readonly reading?: 'together' | 'apart';
  /** Bytes to leave off the end of the last file. */
  readonly cutBytes?: number;
  readonly machines: readonly MachineTruth[];
  readonly policy?: PolicyTruth;
}

export interface ComposedCase extends CaseMaterial {
  readonly family: string;
  readonly index: number;
}

export interface Workshop {
  readonly library: RecordingLibrary;
  readonly random: Random;
  readonly scene: Scene;
}

/** `index` walks through the kinds of a family; everything else is chance of the seed. */
export interface Family {
  readonly name: string;
  make(workshop: Workshop, index: number): CaseMaterial;
}

export function pick<T>(random: Random, list: readonly T[]): T {
  const one = list[random.below(list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

export const exactly = (count: number): Bounds => ({ min: count, max: count });
