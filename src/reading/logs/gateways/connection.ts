// A connection as rows have it, and what joins the rows of one: sessions, and the requests in them.

import type { Inspection } from '../../../model/outcome.ts';
import { fnv1a } from '../../../text/fnv1a.ts';
import { addCounts, joinInspections, type LoggedFlow, went } from '../records.ts';

/** Rows of one connection come within this time; an identifier comes back after it. */
export const JOINED_US = 86_400_000_000;
/** The gateway reached no server, or does not say which; a client that it does not know has the same. */
export const NO_SERVER = '0.0.0.0';

/** A connection as a row has it. `protocol`: null for another one than TCP and UDP. */
export interface Connection
  extends Pick<
    LoggedFlow,
    | 'firstUs'
    | 'lastUs'
    | 'client'
    | 'clientPort'
    | 'server'
    | 'serverPort'
    | 'packetsUp'
    | 'packetsDown'
    | 'bytesUp'
    | 'bytesDown'
  > {
  readonly protocol: 'tcp' | 'udp' | null;
  /** A later row of a record: counts are those since the row before. */
  readonly isUpdate?: boolean;
}

export type CountField = 'packetsUp' | 'packetsDown' | 'bytesUp' | 'bytesDown';
export type Counts = Readonly<Record<CountField, number>>;

export const mapCounts = <T>(count: (field: CountField) => T): Record<CountField, T> => ({
  packetsUp: count('packetsUp'),
  packetsDown: count('packetsDown'),
  bytesUp: count('bytesUp'),
  bytesDown: count('bytesDown'),
});

/** `hasSession`: its counts are those of the session; requests add nothing. */
export type OpenFlow = LoggedFlow & { readonly hasSession?: boolean };

/** True if the gateway let a connection through and read it. */
export interface State {
  readonly isBlocked: boolean;
  readonly isEstablished: boolean;
  readonly inspection: Inspection;
}

/** A session whose requests did not come so far. */
export interface Session {
  readonly connection: Connection;
  /** Hash of its ends; 0: nothing joins its rows. */
  readonly ends: number;
  /** Joins its rows, if updates follow; "" else. */
  readonly key: string;
  readonly state: State;
  readonly listed: ListedHost | null;
  /** With its own name; null: it has none that is listed. */
  readonly flow: LoggedFlow | null;
  readonly service: string;
  /** A request named it, or it has an unlisted name of its own. */
  readonly isNamed: boolean;
}

export const withUpdate = (earlier: Connection, more: Connection): Connection => ({
  ...earlier,
  firstUs: Math.min(earlier.firstUs, more.firstUs),
  lastUs: Math.max(earlier.lastUs, more.lastUs),
  ...mapCounts((field) => addCounts(earlier[field], more[field])),
});

export const isOfSession = (request: Connection, { connection }: Session): boolean =>
  connection.client === request.client &&
  connection.clientPort === request.clientPort &&
  connection.server === request.server &&
  connection.serverPort === request.serverPort &&
  timeBetween(request, connection) <= JOINED_US;

export const timeBetween = (
  a: Pick<Connection, 'firstUs' | 'lastUs'>,
  b: Pick<Connection, 'firstUs' | 'lastUs'>,
): number => Math.max(a.firstUs - b.lastUs, b.firstUs - a.lastUs);

type Ends = Pick<LoggedFlow, 'client' | 'clientPort' | 'server' | 'serverPort'>;

export interface ListedHost {
  readonly name: string;
  /** 0: not written. */
  readonly port: number;
}

/** The client with its server, and with the name of that. */
export function listEnds({ client, server }: Connection, listed: ListedHost | null): number[] {
  const host = fnv1a(client);
  const ends = server === NO_SERVER ? [] : [mixed(host, fnv1a(server))];
  if (listed !== null) ends.push(mixed(host, fnv1a(listed.name)));
  return ends;
}

/** Hash of the ends of a connection; 0 without the client's port. */
export function endsHash({ client, clientPort, server, serverPort }: Ends): number {
  if (clientPort === 0) return 0;
  return mixed(mixed(fnv1a(client), fnv1a(server)), mixed(clientPort, serverPort)) || 1;
}

/** One number of two, all of whose bits depend on both. */
export function mixed(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/** Joins requests with their session, which counts all bytes. */
export function withSession(request: LoggedFlow, session: LoggedFlow): LoggedFlow {
  const isRefused = request.outcome?.kind === 'connectStatus';
  return {
    ...request,
    firstUs: Math.min(request.firstUs, session.firstUs),
    lastUs: Math.max(request.lastUs, session.lastUs),
    packetsUp: session.packetsUp,
    packetsDown: session.packetsDown,
    bytesUp: session.bytesUp,
    bytesDown: session.bytesDown,
    payloadUp: session.payloadUp,
    payloadDown: session.payloadDown,
    isEstablished: !isRefused && (request.isEstablished || session.isEstablished),
    inspection: joinInspections(request.inspection, session.inspection),
    ...(isRefused || !session.isEstablished ? {} : went('served')),
  };
}
