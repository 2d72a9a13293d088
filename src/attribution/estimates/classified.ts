// Defines a classified exchange: its class, and the requests and bytes that it counts as.

import type { Range } from '../../model/report.ts';
import type { Channel, TimedExchange } from '../traffic/channel.ts';

/** Role of the name of a channel for the tool whose traffic is classified. */
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
  /** Minimum and maximum number of model requests in the exchange. */
  readonly requests: Range;
  /** Estimated bytes of the request body, without headers and framing. */
  readonly bodyUp: number;
  /** The class follows from the name alone, not from the shape of the exchange. */
  readonly byName: boolean;
  /** Telemetry that may be a stopped or refused model request: it does not count in the lower end. */
  readonly mayBeRequest?: boolean;
  /** A request with a short answer, larger than any post of the tool to a name with its telemetry. */
  readonly isOversized?: boolean;
}

export type FindRole = (channel: Channel) => ChannelRole;
