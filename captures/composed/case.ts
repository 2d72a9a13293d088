// What a composed case is: captures made of recordings, and the truth about each machine in them.
import type { Random } from '../../bench/random.ts';
import type { Frame, Link } from '../pcap.ts';
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
  /** Model requests that the capture shows; a range where a cut leaves it open; null: not compared with the report. */
  readonly requests: Bounds | null;
  /** The report has a row of this tool, at any degree. */
  readonly mustShow?: boolean;
  /** The highest degree that the packets prove. A row above it counts as accused. */
  readonly atMost?: 'possible';
  /** The row has at least the degree that it has in `honest`, or the verdict is `inconclusive`. */
  readonly mustKeep?: boolean;
}

/** Connections to a name that were blocked or failed before any request. */
export interface AttemptTruth {
  readonly name: string;
  /** What may be said of them. */
  readonly results: readonly ('blocked' | 'failed')[];
  readonly legs: readonly string[];
}

export interface MachineTruth {
  /** All addresses of one machine: their rows are added up. */
  readonly addresses: readonly string[];
  readonly uses: readonly Use[];
  /** Tools that were stopped before any request: no row at any degree. */
  readonly onlyTried?: readonly string[];
  /** Nothing but attempts: no row of any tool or API. */
  readonly isOnlyTried?: boolean;
  /** Attempts that must be listed, and names whose attempts may be; absent: none may be listed. */
  readonly attempts?: { readonly must: readonly AttemptTruth[]; readonly may: readonly string[] };
  /** Something about an AI tool, a relay or an unknown program must be reported for this machine. */
  readonly mustReport?: boolean;
}

export interface PolicyTruth {
  readonly text: string;
  readonly verdicts: Readonly<Record<string, 'compliant' | 'violated' | 'inconclusive'>>;
  /** Of each violation: the machine's address, the tool, and how many requests were made in violation. */
  readonly violations: readonly { readonly host: string; readonly tool: string; readonly requests: Bounds }[];
}

/** A ban of one tool, and the results that the audit may give. */
export interface BanTruth {
  readonly text: string;
  /** Addresses of each machine that breaks the ban: the audit finds it, or its verdict is `inconclusive`. */
  readonly users: readonly (readonly string[])[];
  /** Addresses of machines of the attacker: a violation there is neither required nor wrong. */
  readonly free?: readonly (readonly string[])[];
  /** Whether the verdict `compliant` is right. */
  readonly mayBeKept: boolean;
}

/** An AI service of the local networks. */
export interface ServiceTruth {
  readonly host: string;
  readonly port: number;
  readonly product: string;
  readonly clients: readonly string[];
}

/** A statement of non-use of a tool, and whether one is possible. */
export interface StatementTruth {
  readonly tool: string;
  readonly scope: readonly string[];
  readonly since: string;
  readonly until: string;
  readonly isPossible: boolean;
}

export interface CaseMaterial {
  /** What the case does, for people. */
  readonly about: string;
  /** Logs of another sensor in place of captures. */
  readonly logs?: readonly { readonly name: string; readonly text: string }[];
  /** One file each. */
  readonly captures: readonly (readonly Frame[])[];
  /** Files given together, or each analysed on its own and the windows merged. */
  readonly reading?: 'together' | 'apart';
  /** Bytes to leave off the end of the last file. */
  readonly cutBytes?: number;
  readonly machines: readonly MachineTruth[];
  readonly policy?: PolicyTruth;
  /** All services of the case; absent: not compared. `mustFind`: every one and its clients, else no wrong one. */
  readonly services?: { readonly all: readonly ServiceTruth[]; readonly mustFind: boolean };
  readonly ban?: BanTruth;
  readonly statement?: StatementTruth;
  /** What `policy` and `statement` require holds after at most so many lines of `accept`, as the reports advise them. */
  readonly mostAccepted?: number;
  /** Each capture is read alone into windows, under this name; null: none is given. `file`: a sensors file. */
  readonly sensors?: { readonly names: readonly (string | null)[]; readonly file?: string };
  /** The same captures without the packets of the attacker. */
  readonly honest?: readonly (readonly Frame[])[];
  /** Drop counter in the interface statistics of each capture, which is then pcapng. */
  readonly dropped?: number;
  /** Link header of the captures; default: ethernet. */
  readonly link?: Link;
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
  /** Number of kinds that the index walks through. */
  readonly kinds?: number;
  make(workshop: Workshop, index: number): CaseMaterial;
}

/** The family whose listed attempts are compared with the truth. */
export const ATTEMPTS_FAMILY = 'attempts';

export function pick<T>(random: Random, list: readonly T[]): T {
  const one = list[random.below(list.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

export const exactly = (count: number): Bounds => ({ min: count, max: count });
