// Joins the rows of a connection in logs that write its name and its bytes in different rows, as Zeek and Suricata do.

import { plural } from '../../text/quantity.ts';
import { EarlyRows, type JoinedRow } from './early-rows.ts';
import { type FieldNames, Fields } from './fields.ts';
import { connectionHash, connectionKey, JoinTable, type JoinTables, OF_CONNECTIONS } from './join-table.ts';
import { NamedConnections } from './named-connections.ts';
import type { FlowEnds, LogRecords } from './records.ts';
import type { LineForm, NameState, RowState, RowSums, SummedFormat } from './summed-form.ts';
import { isRequestService } from './unseen.ts';
import { AddressCache, transportCache, wordCache } from './values.ts';

/** Maximum entries of each table by identifier and ends: connections to listed names before and after their end. */
export const MAX_NAMED = 262_144;
const [HAS_NAMES, HAS_REQUESTS] = ['hasNames', 'hasRequests'];

/** Caches of values that repeat in the rows of one product. */
export class ConnectionCaches {
  /** Addresses, empty for other text. */
  readonly addresses = new AddressCache();
  /** Protocols of applications. */
  readonly words = wordCache();
  readonly transports = transportCache();
}

/** Numbers of the fields that identify a connection. */
interface ConnectionFields {
  readonly id: number;
  readonly client: number;
  readonly clientPort: number;
  readonly server: number;
  readonly serverPort: number;
  readonly transport: number;
}

/** The fields of one row, of which some identify its connection. */
export class ConnectionRow implements JoinedRow {
  readonly fields: Fields;
  readonly #numbers: ConnectionFields;
  readonly #maxId: number;
  readonly #caches: ConnectionCaches;
  #hash = 0;
  #hashedLine = 0;
  #ends: FlowEnds | null = null;
  #endsLine = 0;

  /** `maxId`: maximum length of an identifier. */
  constructor(names: FieldNames, numbers: ConnectionFields, maxId: number, caches: ConnectionCaches) {
    this.fields = new Fields(names.count);
    this.#numbers = numbers;
    this.#maxId = maxId;
    this.#caches = caches;
  }

  hasId(): boolean {
    const { id } = this.#numbers;
    return this.fields.has(id) && this.fields.end(id) - this.fields.start(id) <= this.#maxId;
  }

  hash(): number {
    if (this.#hashedLine !== this.fields.line) {
      const { id, client, clientPort, server, serverPort } = this.#numbers;
      this.#hash = connectionHash(
        this.fields.hash(id),
        this.#addressHash(client),
        this.fields.count(clientPort) ?? 0,
        this.#addressHash(server),
        this.fields.count(serverPort) ?? 0,
      );
      this.#hashedLine = this.fields.line;
    }
    return this.#hash;
  }

  key(): string {
    const { id } = this.#numbers;
    return connectionKey(
      this.fields.bytes.toString('latin1', this.fields.start(id), this.fields.end(id)),
      this.ends(),
    );
  }

  copy(): string {
    return this.fields.pack();
  }

  ends(): FlowEnds {
    if (this.#ends === null || this.#endsLine !== this.fields.line) {
      const { client, clientPort, server, serverPort } = this.#numbers;
      this.#ends = {
        client: this.address(client),
        server: this.address(server),
        clientPort: this.fields.count(clientPort) ?? 0,
        serverPort: this.fields.count(serverPort) ?? 0,
        protocol: this.transport() ?? 'tcp',
      };
      this.#endsLine = this.fields.line;
    }
    return this.#ends;
  }

  address(field: number): string {
    return this.#caches.addresses.get(this.fields.bytes, this.fields.start(field), this.fields.end(field));
  }

  #addressHash(field: number): number {
    return this.#caches.addresses.hash(this.fields.bytes, this.fields.start(field), this.fields.end(field));
  }

  transport(): 'tcp' | 'udp' | null {
    const { fields } = this;
    const { transport } = this.#numbers;
    if (!fields.has(transport)) return null;
    return this.#caches.transports.get(fields.bytes, fields.start(transport), fields.end(transport));
  }

  word(field: number): string | null {
    const { fields } = this;
    if (!fields.has(field)) return null;
    return this.#caches.words.get(fields.bytes, fields.start(field), fields.end(field));
  }
}

/** Words of a product for its notes. */
interface ProductWords {
  readonly product: string;
  /** Rows about ended connections, "flow events". */
  readonly endRows: string;
  readonly rows: string;
  /** The missing end of a connection without its bytes. */
  readonly noBytes: string;
  /** The logs without which all names are unknown, and what the user can do. */
  readonly noNames: string;
  /** The same for requests in clear text. */
  readonly noRequests: string;
}

/** Names and bytes of connections until both were read. `Named`: the facts in rows with names. */
export class ConnectionNames<Named> {
  readonly named = new JoinTable<Named>(OF_CONNECTIONS);
  /** Connections that ended, to ignore copies of their rows. */
  readonly ended = new JoinTable<number>();
  /** Facts about the rows so far, which a follower stores. */
  readonly facts = new JoinTable<number>();
  /** Connections with a name, listed or not. */
  readonly withNames = new NamedConnections();
  /** Rows of connections before those with their names. */
  readonly early: EarlyRows;
  /** Ends of connections in waiting rows, which are read at the end and still wait; null: other rows are read. */
  peeked: Set<string> | null = null;
  copies = 0;
  /** A connection of TLS was read when no row with a name had been. */
  lacksNames = false;
  /** A connection of HTTP was read when no row of a request had been. */
  lacksRequests = false;
  #summed: RowSums | null = null;
  /** Number of connections that later ones evicted. */
  #evicted = 0;
  #forgets = false;
  readonly #words: ProductWords;

  constructor(words: ProductWords, isWhole: boolean) {
    this.#words = words;
    this.early = new EarlyRows(isWhole);
  }

  /** Lets the core sum rows of this form. */
  sumRows(
    records: LogRecords,
    format: Pick<SummedFormat, 'fields' | 'forms' | 'maxId' | 'words' | 'names'>,
  ): void {
    const { early, withNames, named } = this;
    this.#summed = records.sumRows?.({ ...format, early, named: withNames, open: named }) ?? null;
  }

  /** Sums lines from `start` on; null: all lines must be read. */
  take(
    bytes: Buffer,
    start: number,
    state: Pick<RowState, 'form' | 'readsKind' | 'mayWait' | 'separator'>,
    lines: LineForm,
  ): RowSums | null {
    const { form, readsKind, mayWait, separator = null } = state;
    this.#summed?.take(bytes, start, { form, readsKind, mayWait, separator, ...this.#findState() }, lines);
    return this.#summed;
  }

  #findState(): NameState {
    const { hasNames, lacksNames, hasRequests, lacksRequests } = this;
    return { hasNames, lacksNames, hasRequests, lacksRequests };
  }

  /** True if a row could have had a name. */
  get hasNames(): boolean {
    return this.facts.has(HAS_NAMES);
  }

  noteNames(): void {
    if (!this.hasNames) this.facts.set(HAS_NAMES, 1);
  }

  noteRequests(): void {
    if (!this.hasRequests) this.facts.set(HAS_REQUESTS, 1);
  }

  /** True if the host of a request in clear text could have been read. */
  get hasRequests(): boolean {
    return this.facts.has(HAS_REQUESTS);
  }

  /** True for a connection of HTTP in clear text whose requests no log contains. */
  lacksRequestsOf(service: string | null): boolean {
    if (service === null || !isRequestService(service) || this.hasRequests) return false;
    this.lacksRequests = true;
    return true;
  }

  /** Returns the waiting row of a connection after a row with its name; null: none. */
  takeEarly(row: JoinedRow): string | null {
    return this.early.name(row, this.named);
  }

  /** The tables that a follower stores. */
  get tables(): JoinTables {
    const { named, ended, facts, withNames, early } = this;
    return { named, ended, facts, withNames, waiting: early.rows };
  }

  /** Yields the waiting rows at the end. */
  *listWaiting(): Iterable<string> {
    yield* this.early.all();
    yield* this.#summed?.sumWaiting(() => this.#findState()) ?? [];
  }

  /** Makes room for another connection. Returns the facts of the oldest one, which is removed; undefined: there was room. */
  evictOldest(): Named | undefined {
    if (this.named.size < MAX_NAMED) return undefined;
    const [oldest] = this.named;
    if (oldest === undefined) return undefined;
    this.named.delete(oldest[0]);
    this.#evicted++;
    return oldest[1];
  }

  /** Records the end of a connection. `most`: maximum number of ends. */
  end(key: string, value: number, most: number): void {
    if (this.ended.size >= most) {
      this.ended.clear();
      this.#forgets = true;
    }
    this.ended.set(key, value);
  }

  /** Returns sentences about incomplete logs. `open`: connections to listed names without their bytes. */
  notes(open: number): string[] {
    const { product, endRows, rows, noBytes, noNames, noRequests } = this.#words;
    const lost = open - this.early.lost;
    const notes: string[] = [];
    if (lost > 0)
      notes.push(
        `${plural(lost, 'connection')} to listed names ${lost === 1 ? 'has' : 'have'} ${noBytes}; their bytes are unknown`,
      );
    notes.push(...this.early.notes());
    if (this.lacksNames && !this.hasNames) notes.push(noNames);
    if (this.lacksRequests && !this.hasRequests) notes.push(noRequests);
    if (this.#evicted > 0)
      notes.push(
        `more than ${MAX_NAMED} connections to listed names were open at once; bytes of ${this.#evicted} of them are unknown`,
      );
    if (this.#forgets)
      notes.push(`more than ${MAX_NAMED} connections ended; copies of their ${rows} may count twice`);
    if (this.copies > 0) notes.push(`${this.copies} ${endRows} are there twice and count once`);
    return notes.map((note) => `${product}: ${note}`);
  }
}
