// Defines the messages between a sensor and the process of its pages or its screen.

import type { ErrorCode } from '../../model/errors.ts';
import type { FirstHello, SensorHealth } from '../../model/sensor.ts';

/** Messages to the process. `Start`: its start message. */
export type ToView<Start> =
  | { readonly kind: 'start'; readonly start: Start }
  /** Windows as .usage files have them. */
  | { readonly kind: 'windows'; readonly bytes: Uint8Array }
  /** Hellos before the first whole window; `isCut`: there may have been more. */
  | { readonly kind: 'hellos'; readonly hellos: readonly FirstHello[]; readonly isCut: boolean }
  | { readonly kind: 'health'; readonly health: SensorHealth }
  /** The sensor listens: a screen may be drawn. */
  | { readonly kind: 'listening' }
  /** A line for the operator of the sensor. */
  | { readonly kind: 'line'; readonly text: string }
  /** Catalogue, policy and hosts file must be reloaded. */
  | { readonly kind: 'reload' };

export type FromView =
  /** The process is ready for messages; pages report their address. */
  | { readonly kind: 'ready'; readonly url: string | null }
  /** The process could not start, and ends. */
  | {
      readonly kind: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly where: string | null;
      readonly next: string | null;
    }
  /** The windows were processed: more may be sent. */
  | { readonly kind: 'received' }
  /** The user of the screen ends the sensor. */
  | { readonly kind: 'end' };
