// Delivers to JetStream: the cursor of the spool advances only after the broker has acknowledged a window.

import { jetstream } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import { WiretallyError } from '../../model/errors.ts';
import type { Delivery, DestinationAddress } from './destination.ts';
import { buildMessage, formatToken, ID_HEADER } from './message.ts';
import { type BrokerAccess, brokerError, brokerName, connectBroker } from './nats.ts';

const ACK_TIMEOUT_MS = 30_000;
/** Maximum messages in flight: more are not faster and use memory. */
const MAX_IN_FLIGHT = 32;
/** Size of headers and subject in addition to the body. */
const ROOM_FOR_HEADERS = 4096;

export function natsDestination(access: BrokerAccess): DestinationAddress {
  return {
    name: brokerName(access),
    async open() {
      const { connection, subject } = await connectBroker(access);
      const stream = jetstream(connection, { timeout: ACK_TIMEOUT_MS });
      const send = async (delivery: Delivery): Promise<void> => {
        const { window } = delivery;
        const { headers, body } = buildMessage(delivery, Date.now());
        const most = connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
        if (body.length + ROOM_FOR_HEADERS > most) {
          throw new WiretallyError(
            'BROKER_FAILED',
            `${brokerName(access)}: accepts messages of ${most} bytes, and the window of ${window.sensor} at ` +
              `${window.startSeconds} has ${body.length}`,
            { next: 'set max_payload: 8MB in the configuration of the broker' },
          );
        }
        const sent = natsHeaders();
        for (const [name, value] of headers) if (name !== ID_HEADER) sent.set(name, value);
        const msgID = headers.get(ID_HEADER) ?? '';
        await stream.publish(`${subject}.${formatToken(window.sensor)}`, body, {
          msgID,
          headers: sent,
          timeout: ACK_TIMEOUT_MS,
        });
      };
      return {
        async deliver(deliveries) {
          try {
            for (let i = 0; i < deliveries.length; i += MAX_IN_FLIGHT)
              await Promise.all(deliveries.slice(i, i + MAX_IN_FLIGHT).map(send));
          } catch (cause) {
            throw cause instanceof WiretallyError ? cause : brokerError(access, cause);
          }
        },
        close: () => connection.close(),
      };
    },
  };
}
