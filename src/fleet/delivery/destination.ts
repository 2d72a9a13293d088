// Defines destinations of windows, and the metadata of a delivery.

import type { WiretallyError } from '../../model/errors.ts';
import type { UsageWindow } from '../../model/usage.ts';
import type { SensorFacts } from '../../store/spool.ts';

/** Metadata of the sensor of the delivered windows. */
export interface Sender extends SensorFacts {
  readonly instance: string;
  /** The first UTC day in the spool. */
  readonly keptFrom?: string | undefined;
}

export interface Delivery {
  readonly window: UsageWindow;
  readonly sender: Sender;
}

export interface Destination {
  /**
   * Resolves when all windows were acknowledged and are on the disk of the destination. May be repeated with the same
   * windows.
   */
  deliver(deliveries: readonly Delivery[]): Promise<void>;
  close(): Promise<void>;
}

/** Reopened after each failure. */
export interface DestinationAddress {
  /** Display name and identity, without a password. */
  readonly name: string;
  open(): Promise<Destination>;
}

/** True for a permanent refusal, which a retry cannot change. */
export function isFinal(error: unknown): boolean {
  const code = (error as Partial<WiretallyError> | null)?.code;
  return code === 'USAGE' || code === 'SENSOR_NAME';
}
