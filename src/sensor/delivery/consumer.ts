// The consumer of a collector: its place on the broker, and how often the broker delivers one message.

import { AckPolicy, type Consumer, JetStreamApiError, jetstream } from '@nats-io/jetstream';
import type { Carrier } from './nats.ts';

/** Messages of one fetch: what is in memory, and what a kill makes come twice. */
export const BATCH_MESSAGES = 256;
/** Not acknowledged yet, of all collectors of a stream. */
const MAX_IN_FLIGHT = 4 * BATCH_MESSAGES;
/** A collector that was killed: its messages come again after this. */
const ACK_WAIT_NS = 60 * 1e9;
/**
 * Deliveries of one message. A store that fails is tried again after a minute, and a week of that sets no window aside;
 * the collector sets aside what it was given for the last time.
 */
export const MAX_DELIVER = 10_000;

/** Made where there is none: it keeps its place on the broker. One of an older version is given the limit. */
export async function openConsumer(
  { connection, manager }: Carrier,
  stream: string,
  durable: string,
): Promise<Consumer> {
  try {
    const { config } = await manager.consumers.info(stream, durable);
    if (config.max_deliver !== MAX_DELIVER)
      await manager.consumers.update(stream, durable, { max_deliver: MAX_DELIVER });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
    await manager.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      ack_wait: ACK_WAIT_NS,
      max_ack_pending: MAX_IN_FLIGHT,
      max_deliver: MAX_DELIVER,
    });
  }
  return await jetstream(connection).consumers.get(stream, durable);
}
