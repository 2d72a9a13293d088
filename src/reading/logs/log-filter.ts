// Decides which names and hosts of a log may be recorded, and which connections are evidence. Readers call it before
// they create a record.

import type { DnsRecord, HostTotalsRecord, RecordFilter } from '../../model/flow.ts';
import type { UsageLookup } from '../../model/usage.ts';
import { type Network, networkContains, parseAddress, parseNetwork } from '../../net/address.ts';
import { fnv1a } from '../../text/fnv1a.ts';
import type { TimestampUs } from '../../time/units.ts';
import { LocalNetworks, localNetworks } from '../collector/local-networks.ts';
import { HIDING_NAMES, hiddenBehind } from '../collector/not-visible.ts';
import { SeenHashes } from './join-table.ts';
import { ListedNames } from './listed-names.ts';
import type { LoggedFlow } from './records.ts';
import { TextSlots } from './text-slots.ts';
import { hostTotals, withPeer } from './totals.ts';

/** Maximum cached answers, and maximum cached results about excluded addresses. */
const MAX_ADDRESSES = 131_072;
/** Maximum length of a product and its version. */
const MAX_AGENT = 64;
/** Maximum delay of a logged answer after the connection that follows it. */
const LATE_ANSWER_US = 50_000;

export interface LogFilterOptions {
  readonly lookup: Pick<UsageLookup, 'isListed' | 'findNetworkOwner'>;
  readonly localNets: readonly string[];
  /** Networks of vendors as CIDR texts, and listed names; absent: the lookup alone has them. */
  readonly watchlist?: Pick<RecordFilter, 'networks' | 'listed'>;
  readonly exclude: readonly string[];
  /** Product tokens of clear-text clients that the catalogue names. */
  readonly userAgents: readonly string[];
}

/** Networks as CIDR texts, and the listed names. */
export interface FilterLists {
  readonly local: readonly string[];
  readonly vendors: readonly string[];
  readonly listed: readonly string[];
}

export class LogFilter {
  readonly #lookup: LogFilterOptions['lookup'];
  readonly #local: LocalNetworks;
  readonly #excluded: readonly Network[];
  readonly #userAgents: readonly string[];
  /** 1: in a network of a vendor. */
  readonly #ofVendors = new TextSlots();
  /** 1: in a local network. */
  readonly #locals = new TextSlots();
  /** Time of the first answer, by client and address. */
  readonly #answers = new Map<string, Map<string, TimestampUs>>();
  /** Hashes of addresses in answers. */
  readonly #answered = new SeenHashes();
  #answerCount = 0;
  readonly #names: ListedNames;
  readonly #isExcluded = new Map<string, boolean>();
  #forgetsAnswers = false;
  /** For the core; null: it asks. */
  readonly lists: FilterLists | null;

  constructor({ lookup, localNets, watchlist, exclude, userAgents }: LogFilterOptions) {
    this.#lookup = lookup;
    this.#names = new ListedNames((name) => lookup.isListed(name) || hiddenBehind(name) !== null);
    this.#local = new LocalNetworks(localNets);
    const { networks: vendors, listed } = watchlist ?? {};
    this.lists =
      vendors === undefined || listed === undefined
        ? null
        : { local: localNetworks(localNets), vendors, listed: [...listed, ...HIDING_NAMES] };
    this.#excluded = exclude.flatMap((text) => parseNetwork(text) ?? []);
    this.#userAgents = userAgents;
  }

  /** True for names of the catalogue, and for those of relays that hide the real destination. */
  isListed(name: string): boolean {
    return this.#names.has(name);
  }

  /** Returns the totals of a connection to a relay that hides the real destination; null for another. */
  hiddenTotals(flow: LoggedFlow): HostTotalsRecord | null {
    const name = flow.sni ?? flow.proxy?.target.replace(/:\d+$/, '').toLowerCase();
    if (name === undefined) return null;
    const kind = hiddenBehind(name);
    if (kind === null || this.#lookup.isListed(name)) return null;
    const bytesUp = flow.bytesUp ?? flow.payloadUp;
    const bytesDown = flow.bytesDown ?? flow.payloadDown;
    const bytes = (bytesUp ?? 0) + (bytesDown ?? 0);
    const isRefused = flow.outcome !== undefined && flow.outcome.kind !== 'served';
    return hostTotals({
      host: flow.client,
      mac: flow.clientMac,
      vlans: flow.vlans,
      firstUs: flow.firstUs,
      lastUs: flow.lastUs,
      packets: (flow.packetsUp ?? 0) + (flow.packetsDown ?? 0),
      bytesUp,
      bytesDown,
      flows: 1,
      hellosComplete: flow.helloUs === null ? 0 : 1,
      notVisible: isRefused ? [] : [{ kind, hint: 'unknown', flows: 1, bytes }],
      ...(isRefused ? { unsizedFlows: 0 } : {}),
    });
  }

  /** False for a question that concerns only such a relay. */
  isAboutTools({ name, cnames }: DnsRecord): boolean {
    return hiddenBehind(name) === null || [name, ...cnames].some((each) => this.#lookup.isListed(each));
  }

  /** Returns the bits of the hashes of addresses in answers. */
  get answered(): Int32Array {
    return this.#answered.bits;
  }

  get hasExclusions(): boolean {
    return this.#excluded.length > 0;
  }

  findAgent(text: string): string | null {
    const token = text.split(' ', 1)[0] ?? '';
    return this.#userAgents.some((agent) => token.startsWith(agent)) ? token.slice(0, MAX_AGENT) : null;
  }

  hasListedServer(client: string, server: string, firstUs: TimestampUs): boolean {
    if (this.#answered.mayHave(fnv1a(server))) {
      const answeredUs = this.#answers.get(client)?.get(server);
      if (answeredUs !== undefined && answeredUs <= firstUs + LATE_ANSWER_US) return true;
    }
    return this.isVendors(server);
  }

  /** True for an address in a network of a vendor. */
  isVendors(server: string): boolean {
    let answer = this.#ofVendors.get(server);
    if (answer < 0) {
      answer = this.#lookup.findNetworkOwner(server) === null ? 0 : 1;
      this.#ofVendors.set(server, answer);
    }
    return answer === 1;
  }

  isLocal(address: string): boolean {
    let answer = this.#locals.get(address);
    if (answer < 0) {
      answer = this.#local.contains(address) ? 1 : 0;
      this.#locals.set(address, answer);
    }
    return answer === 1;
  }

  /** Records the addresses of an answer for a listed name. */
  learn({ isResponse, client, addresses, tsUs }: DnsRecord): void {
    if (!isResponse) return;
    for (const address of addresses) {
      const answers = this.#answers.get(client) ?? new Map<string, TimestampUs>();
      const existing = answers.get(address);
      if (existing === undefined && this.#answerCount >= MAX_ADDRESSES) {
        this.#forgetsAnswers = true;
        continue;
      }
      if (existing === undefined) this.#answerCount++;
      answers.set(address, Math.min(existing ?? tsUs, tsUs));
      this.#answered.add(fnv1a(address));
      this.#answers.set(client, answers);
    }
  }

  /**
   * Returns the totals of a connection for its local host; null if they do not count. `server` is null for a host
   * without a connection. If no local host opened the connection, only traffic that is not visible counts.
   */
  counted(totals: HostTotalsRecord, server: string | null): HostTotalsRecord | null {
    const { host, bytesUp, bytesDown, notVisible } = totals;
    if (this.leavesOut(host)) return null;
    if (server === null) return totals;
    if (this.leavesOut(server)) return null;
    if (this.isLocal(host) || !this.isLocal(server)) return withPeer(totals, server);
    // Traffic from an outer host to a local one calls no relay.
    if (notVisible.length === 0 || notVisible[0]?.kind === 'relay') return null;
    return withPeer({ ...totals, host: server, mac: null, bytesUp: bytesDown, bytesDown: bytesUp }, host);
  }

  leavesOut(address: string): boolean {
    if (this.#excluded.length === 0) return false;
    let answer = this.#isExcluded.get(address);
    if (answer === undefined) {
      const bytes = parseAddress(address);
      answer = bytes !== null && this.#excluded.some((network) => networkContains(network, bytes));
      if (this.#isExcluded.size >= MAX_ADDRESSES) this.#isExcluded.clear();
      this.#isExcluded.set(address, answer);
    }
    return answer;
  }

  notes(): string[] {
    return this.#forgetsAnswers
      ? [`more than ${MAX_ADDRESSES} answers to questions for listed names; later ones name no connection`]
      : [];
  }
}
