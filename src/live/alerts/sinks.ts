// Sends live findings to the terminal, a file, syslog (RFC 5424) or a webhook. A sink reports when it has accepted one.

import { createSocket } from 'node:dgram';
import { appendFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { usageError } from '../../model/errors.ts';
import type { Severity } from '../../model/findings.ts';

/** An event to deliver: a finding as in the NDJSON output, as one line without a line break. */
export interface Alert {
  /** A finding keeps its id, so that receivers can ignore duplicates. */
  readonly id: string;
  /** RFC 3339. */
  readonly time: string;
  readonly severity: Severity;
  readonly line: string;
  /** One sentence for people. */
  readonly text: string;
  /** Rule, host, tool and day: a later alert of the same subject ends the provisional state of this one. */
  readonly subject?: string;
  /** Final state of a provisional finding, if the sensor stops before the finding is confirmed or corrected. */
  readonly atStop?: Alert;
}

export interface AlertSink {
  readonly name: string;
  /** Resolves when the alert was accepted; rejects when it must be sent again. */
  send(alert: Alert): Promise<void>;
}

/** The receiver refused the alert, and may request a pause before the next attempt. */
export class RetryLater extends Error {
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/** The receiver accepts other messages, but not this one. */
export class MessageRefused extends Error {}

/** RFC 9110: bad request, content too large, unprocessable content. */
const ABOUT_THE_MESSAGE: ReadonlySet<number> = new Set([400, 413, 422]);

/** Builds the error for an answer other than 2xx. */
export const buildRefusal = (status: number, pauseMs = 0): Error =>
  ABOUT_THE_MESSAGE.has(status)
    ? new MessageRefused(`answered ${status}`)
    : new RetryLater(`answered ${status}`, pauseMs);

/** A receiver that does not answer within this time has failed. */
export const TIMEOUT_MS = 10_000;

/** RFC 5424 §6.2.1, severities of syslog. */
const SYSLOG_SEVERITY: Readonly<Record<Severity, number>> = {
  critical: 2,
  high: 3,
  medium: 4,
  low: 5,
  info: 6,
};
/** Facility 10 (security, authpriv), RFC 5424 §6.2.1. */
const SYSLOG_FACILITY = 10;

export function fileSink(path: string): AlertSink {
  let isTorn = false;
  return {
    name: `file ${path}`,
    async send(alert) {
      const start = isTorn ? '\n' : '';
      isTorn = true; // a full disk may leave a partial line, which must not damage the next one
      await appendFile(path, `${start}${alert.line}\n`);
      isTorn = false;
    },
  };
}

/** A message by RFC 5424 §6: header, no structured data, the JSON line as text in UTF-8. */
export function syslogMessage(alert: Alert): string {
  const priority = SYSLOG_FACILITY * 8 + SYSLOG_SEVERITY[alert.severity];
  const host =
    hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-';
  return `<${priority}>1 ${alert.time} ${host} wiretally ${process.pid} finding - \uFEFF${alert.line}`;
}

/** "udp://host:514", or "tcp://host:601" with octet counting (RFC 6587 §3.4.1). */
export function syslogSink(target: string): AlertSink {
  const url = parseUrl(target, ['udp:', 'tcp:'], 'udp://127.0.0.1:514');
  const port = Number(url.port || 514);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const send = (alert: Alert): Promise<void> => {
    const bytes = Buffer.from(syslogMessage(alert));
    return url.protocol === 'udp:' ? sendUdp(host, port, bytes) : sendTcp(host, port, bytes);
  };
  return { name: `syslog ${target}`, send };
}

function sendUdp(host: string, port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.send(bytes, port, host, (error) => {
      socket.close();
      if (error) reject(error);
      else resolve();
    });
  });
}

function sendTcp(host: string, port: number, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.write(`${bytes.length} `);
      socket.end(bytes, () => resolve());
    });
  });
}

/** POSTs the JSON line; anything but a 2xx answer is tried again. */
export function webhookSink(target: string): AlertSink {
  const url = parseUrl(target, ['http:', 'https:'], 'https://siem.example/hook');
  return {
    name: `webhook ${url.origin}`,
    async send(alert) {
      const response = await postJson(url, alert.line, { 'idempotency-key': alert.id });
      await response.body?.cancel();
      if (!response.ok) throw buildRefusal(response.status);
    },
  };
}

/** Follows no redirection: the answer would come from a server that is not configured. */
export const postJson = (
  url: string | URL,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    redirect: 'manual',
  });

function parseUrl(text: string, protocols: readonly string[], example: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && protocols.includes(url.protocol)) return url;
  throw usageError(`"${text}" is not a valid destination for findings`, `use for example ${example}`);
}
