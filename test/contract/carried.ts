// Shared by delivery tests: spools as sensors fill them, and the content of a broker.

import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, headers as natsHeaders } from '@nats-io/transport-node';
import type { UsageWindow } from '../../src/model/usage.ts';
import { encodeWindows } from '../../src/window/codec.ts';
import { type MadeSensor, makeFleet } from '../made-fleet.ts';

const dayOf = ({ startSeconds }: UsageWindow): string =>
  `${new Date(startSeconds * 1000).toISOString().slice(0, 10)}.usage`;

/** Appends windows to a spool in order of arrival. */
export function addTo(spool: string, windows: readonly UsageWindow[]): void {
  mkdirSync(spool, { recursive: true });
  const days = new Map<string, UsageWindow[]>();
  for (const window of windows) days.set(dayOf(window), [...(days.get(dayOf(window)) ?? []), window]);
  for (const [day, list] of days) appendFileSync(join(spool, day), encodeWindows(list));
}

/** Two days of "site-1"; `made`: which of that name it is. */
export function oneSensor(made: number): MadeSensor {
  const [sensor] = makeFleet({ sensors: 1, days: 2, quarters: 4, hosts: 3, seed: 100 * made });
  if (sensor === undefined) throw new Error('no sensor was made');
  return sensor;
}

export interface Carried {
  readonly subject: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

async function withBroker<T>(url: string, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url.replace('nats://', '') });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** Messages that no collector has acknowledged. */
export function waitingAt(url: string): Promise<number> {
  return withBroker(url, async (connection) => {
    const { state } = await (await jetstreamManager(connection)).streams.info('WIRETALLY');
    return state.messages;
  });
}

/** Messages that a killed collector had in hand come again after a second, not after a minute. */
export function redeliverSoon(url: string): Promise<void> {
  return withBroker(url, async (connection) => {
    const manager = await jetstreamManager(connection);
    await manager.consumers.update('WIRETALLY', 'wiretally', { ack_wait: 1e9 });
  });
}

export function firstMessageAt(url: string): Promise<Carried> {
  return withBroker(url, async (connection) => {
    const stored = await (await jetstreamManager(connection)).streams.getMessage('WIRETALLY', { seq: 1 });
    if (stored === null) throw new Error('the broker holds no message');
    const headers = stored.header.keys().map((name) => [name, stored.header.get(name)] as const);
    return { subject: stored.subject, headers, body: stored.data };
  });
}

export function publishAt(url: string, messages: readonly Carried[]): Promise<void> {
  return withBroker(url, async (connection) => {
    for (const { subject, headers, body } of messages) {
      const sent = natsHeaders();
      for (const [name, value] of headers) sent.set(name, value);
      await jetstream(connection).publish(subject, body, { headers: sent });
    }
  });
}
