// The consumer of a collector: its place on the broker, and how often the broker delivers one message.

import { AckPolicy, type Consumer, JetStreamApiError, jetstream } from '@nats-io/jetstream';
import type { Carrier } from './nats.ts';

/** Messages per fetch: bounds memory, and redeliveries after a crash. */
export const BATCH_MESSAGES = 256;
/** Not acknowledged yet, of all collectors of a stream. */
const MAX_IN_FLIGHT = 4 * BATCH_MESSAGES;
/** Redelivery timeout of messages of a killed collector. */
const ACK_WAIT_NS = 60 * 1e9;
/**
 * Maximum deliveries of one message. A failing store is retried every minute, so an outage of a week loses no window;
 * the collector quarantines a message at its last delivery.
 */
export const MAX_DELIVER = 10_000;

/** Created if missing: a durable consumer retains its position on the broker. Limits of older ones are updated. */
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
