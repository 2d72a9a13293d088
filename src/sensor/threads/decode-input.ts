// DecodeInput: what files and interfaces differ in for the thread that decodes them.

import type { NativeDecoder } from '../../native/addon.ts';
import type { Progress, ToInput } from './messages.ts';

/** Inputs and options of one decoding thread. */
export interface DecodeInput {
  readonly decoder: NativeDecoder;
  /** One poll lasts about this long at most. */
  readonly pollMs: number;
  hear(message: ToInput): void;
  /** Clock of the thread after a batch with clock `packetUs`. */
  progressAt(packetUs: number): Progress;
  /** The decoder has nothing to give now. False: it will not have anything any more. */
  idle(): Promise<boolean>;
  /** After each poll; `isLast` after the last one. */
  tell(isLast: boolean): void;
}
