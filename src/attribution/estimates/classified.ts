// A classified exchange: what it was, and what it counts for.

import type { Range } from '../../model/report.ts';
import type { Channel, TimedExchange } from '../traffic/channel.ts';

/** A channel's name has this role for the tool whose traffic is classified. */
export type ChannelRole = 'inference' | 'telemetry' | 'other';

export type ExchangeClass =
  | 'model' // a model request
  | 'maybe' // may be one: counted in the upper end only
  | 'telemetry'
  | 'hidden' // not seen as an exchange: what holes and uncut flows may hold
  | 'other';

export interface Classified {
  readonly channel: Channel;
  readonly at: TimedExchange;
  readonly class: ExchangeClass;
  /** Model requests in it, at least and at most. */
  readonly requests: Range;
  /** Bytes of the request's body as estimated: headers and framing taken off. */
  readonly bodyUp: number;
  /** The class rests on the name alone, not on the exchange's shape. */
  readonly byName: boolean;
  /** Telemetry that may be a model request, stopped or refused: in no lower end. */
  readonly mayBeRequest?: boolean;
  /** A short answer to more than the tool ever posts to a name that carries its telemetry. */
  readonly isOversized?: boolean;
}

export type RoleOf = (channel: Channel) => ChannelRole;
