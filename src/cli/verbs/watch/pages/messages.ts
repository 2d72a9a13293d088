// What a sensor and the process of its pages tell each other.

import type { ErrorCode } from '../../../../model/errors.ts';
import type { SensorHealth } from '../../../../model/sensor.ts';
import type { WatchVerbOptions } from '../options.ts';
import type { User } from '../user.ts';

export type ToPages =
  | { readonly kind: 'start'; readonly options: WatchVerbOptions; readonly user: User | null }
  /** Windows as .usage files have them. */
  | { readonly kind: 'windows'; readonly bytes: Uint8Array }
  | { readonly kind: 'health'; readonly health: SensorHealth }
  /** Catalogue, policy and hosts file are to be read anew. */
  | { readonly kind: 'reload' };

export type FromPages =
  | { readonly kind: 'listening'; readonly url: string }
  /** It could not begin, and ends. */
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly where: string | null;
      readonly next: string | null;
    }
  /** The windows were taken: more may be sent. */
  | { readonly kind: 'took' };
