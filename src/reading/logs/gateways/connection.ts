// Describes a connection in rows, and joins the rows of one connection: sessions and their requests.

import type { Inspection } from '../../../model/outcome.ts';
import { fnv1a, mixHashes } from '../../../text/fnv1a.ts';
import { addCounts, buildOutcome, EMPTY_FLOW, joinInspections, type LoggedFlow } from '../records.ts';

/** Maximum time between rows of one connection. An identifier is reused later. */
export const JOINED_US = 86_400_000_000;
/** The gateway reached no server, or did not log it. It also stands for an unknown client. */
export const NO_SERVER = '0.0.0.0';

/** A connection in a row. `protocol`: null if it is not TCP or UDP. */
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
  /** A later row of a record, whose counts are those since the previous row. */
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

/** `hasSession`: its counts are those of the session, so that requests add nothing. */
export type OpenFlow = LoggedFlow & { readonly hasSession?: boolean };

/** Fields that a row of a gateway may lack, see EMPTY_FLOW. */
export const EMPTY_OPEN = { ...EMPTY_FLOW, hasSession: false };

/** The decision of the gateway about a connection, and its inspection. */
export interface State {
  readonly isBlocked: boolean;
  readonly isEstablished: boolean;
  readonly inspection: Inspection;
}

/** A session without requests so far. */
export interface Session {
  readonly connection: Connection;
  /** Hash of its ends; 0: nothing joins its rows. */
  readonly ends: number;
  /** Joins its rows if updates follow; "" otherwise. */
  readonly key: string;
  readonly state: State;
  readonly listed: ListedHost | null;
  /** The flow with its own name; null: it has no listed name. */
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
  /** 0: absent. */
  readonly port: number;
}

/** Hashes the client with its server, and with the name of the server. */
export function listEnds({ client, server }: Connection, listed: ListedHost | null): number[] {
  const host = fnv1a(client);
  const ends = server === NO_SERVER ? [] : [mixHashes(host, fnv1a(server))];
  if (listed !== null) ends.push(mixHashes(host, fnv1a(listed.name)));
  return ends;
}

/** Hash of the ends of a connection; 0 without the client's port. */
export function endsHash({ client, clientPort, server, serverPort }: Ends): number {
  if (clientPort === 0) return 0;
  return mixHashes(mixHashes(fnv1a(client), fnv1a(server)), mixHashes(clientPort, serverPort)) || 1;
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
    ...(isRefused || !session.isEstablished ? {} : buildOutcome('served')),
  };
}
