// Encodes a window as a message of the broker: metadata in the headers, the window in the body.

import type { UsageWindow } from '../../model/usage.ts';
import { holdsTooMuch, packWindow, TOO_MUCH, unpackWindow } from '../../store/packed-window.ts';
import type { DecodedWindows } from '../../window/codec.ts';
import type { Delivery, Sender } from './destination.ts';

/** Incremented for incompatible changes. New fields of windows are compatible and do not increment it. */
const MESSAGE_FORMAT = '1';

/** NATS header with the message ID: JetStream ignores duplicates within its deduplication window. */
export const ID_HEADER = 'Nats-Msg-Id';
const FORMAT = 'Wiretally-Format';
const INSTANCE = 'Wiretally-Instance';
const PROGRAM = 'Wiretally-Program';
const CATALOGUE = 'Wiretally-Catalogue';
const POLICY = 'Wiretally-Policy';
const SIGNED_CONFIG = 'Wiretally-Signed-Config';
const KEPT_FROM = 'Wiretally-Kept-From';
const KEEPS_NAME = 'Wiretally-Keeps-Name';
const SENT = 'Wiretally-Sent';

const MAX_HEADER = 128;
/** Maximum length of a subject token; longer names are truncated. */
const MAX_TOKEN = 160;

export interface Message {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Subject token of a sensor: broker permissions refer to it. */
export function formatToken(sensor: string): string {
  const token = encodeURIComponent(sensor).replaceAll('.', '%2E').replaceAll('*', '%2A');
  return token.slice(0, MAX_TOKEN);
}

export function buildMessage({ window, sender }: Delivery, sentMs: number): Message {
  const { instance, program, catalogue, policy, keepsName, signedConfig, keptFrom } = sender;
  const { startSeconds, revision, sensor } = window;
  // The owner of the spool distinguishes two sensors with one name.
  const id = `${formatToken(sensor)}:${startSeconds}:${revision}:${instance}`;
  return {
    headers: new Map([
      [ID_HEADER, id],
      [FORMAT, MESSAGE_FORMAT],
      [INSTANCE, instance],
      [PROGRAM, program],
      [CATALOGUE, catalogue],
      [POLICY, policy ?? ''],
      [KEEPS_NAME, String(keepsName)],
      ...(keptFrom === undefined ? [] : [[KEPT_FROM, keptFrom] as const]),
      ...(signedConfig === undefined
        ? []
        : [[SIGNED_CONFIG, `${signedConfig.revision} ${signedConfig.sha256}`] as const]),
      [SENT, String(sentMs)],
    ]),
    body: packWindow(window),
  };
}

export interface ReadMessage {
  readonly window: UsageWindow;
  readonly sender: Sender;
  readonly sentMs: number | null;
}

/** A rejected message, with the reason. */
export class MessageRefused extends Error {}

/** Throws MessageRefused. `token` is the last part of its subject. */
export function readMessage({ headers, body }: Message, token: string): ReadMessage {
  const readHeader = (name: string): string => (headers.get(name) ?? '').slice(0, MAX_HEADER);
  const format = readHeader(FORMAT);
  if (format !== MESSAGE_FORMAT) {
    throw new MessageRefused(
      /^\d+$/.test(format)
        ? `it has format ${format} of a newer version: update this program`
        : 'it has no format, so it is not a message of Wiretally',
    );
  }
  if (!/^[0-9a-f]{32}$/.test(readHeader(INSTANCE))) throw new MessageRefused('it has no sensor name');
  const window = decodeWindow(body);
  if (formatToken(window.sensor) !== token) {
    throw new MessageRefused(
      `it contains a window of another sensor (${window.sensor}) than its subject names`,
    );
  }
  const sent = Number(readHeader(SENT) || Number.NaN);
  const [, revision, sha256 = ''] = /^([1-9]\d{0,14}) ([0-9a-f]{64})$/.exec(readHeader(SIGNED_CONFIG)) ?? [];
  const signedConfig = revision === undefined ? null : { revision: Number(revision), sha256 };
  return {
    window,
    sender: {
      instance: readHeader(INSTANCE),
      program: readHeader(PROGRAM),
      catalogue: readHeader(CATALOGUE),
      policy: readHeader(POLICY) || null,
      keepsName: readHeader(KEEPS_NAME) === 'true',
      ...(signedConfig === null ? {} : { signedConfig }),
      ...(/^\d{4}-\d\d-\d\d$/.test(readHeader(KEPT_FROM)) ? { keptFrom: readHeader(KEPT_FROM) } : {}),
    },
    sentMs: Number.isSafeInteger(sent) && sent >= 0 ? sent : null,
  };
}

function decodeWindow(body: Uint8Array): UsageWindow {
  let read: DecodedWindows;
  try {
    read = unpackWindow(body);
  } catch (error) {
    throw new MessageRefused(
      holdsTooMuch(error) ? TOO_MUCH : 'it is truncated or damaged: it cannot be decompressed',
    );
  }
  const { windows, damage } = read;
  const [window, ...more] = windows;
  if (window !== undefined && more.length === 0 && damage.length === 0) return window;
  throw new MessageRefused(damage[0]?.reason ?? 'it does not contain exactly one window');
}
