// Finds telemetry of tools whose rule requires it to be switched off: the bytes sent, and reasons why they are unknown.

import { type OptOutReason, TELEMETRY_RULE } from '../model/findings.ts';
import type { Policy, Rule, TelemetryFacts } from '../model/policy.ts';
import type { OptOutUse } from '../model/policy-summary.ts';
import type { EvidenceItem, Range } from '../model/report.ts';
import { asDetail, phrase } from '../model/sentences.ts';
import { evidenceDuring, type HostTool, sensorsDuring, type UsageQuarter } from '../model/tool.ts';
import type { UsageExchange, UsageRow } from '../model/usage.ts';
import { formatInstant } from '../time/instant.ts';
import { floorToQuarter, US } from '../time/units.ts';
import type { Seen } from './finding.ts';
import type { EndsIn } from './observed.ts';
import { splitPhases } from './phases.ts';

/**
 * Minimum bytes of telemetry. A check of settings is smaller; telemetry of a quarter hour has at least 1.5 kB in the
 * recordings.
 */
const MIN_TELEMETRY_BYTES = 1000;
/** Maximum bytes of a connection with a handshake only. A hello with a post-quantum key share has up to 1.9 kB. */
const HANDSHAKE_UP = 2000;
/** Minimum records of a streamed answer. An upload with such an answer was not telemetry. */
const STREAMED = 3;
/** Maximum size of the acknowledgement for a post of telemetry. */
const ACKNOWLEDGED_DOWN = 300;
/** Maximum time until the answer of a model begins, and between its parts. */
const ANSWER_US = 10 * US;
/**
 * Maximum difference between a refused request and its repetition, which has the same body and may have other headers.
 */
const MAX_SIZE_DIFFERENCE = 64;
/** Minimum bytes of a repeated upload that may be a model request. Smaller ones count as telemetry. */
const MIN_REFUSED_BYTES = 4000;

/** Telemetry in one quarter hour. */
interface Sent {
  readonly quarter: UsageQuarter;
  readonly bytes: number;
  readonly isSure: boolean;
  /** Connections to names of telemetry without an upload. */
  readonly isContacted: boolean;
  readonly relays: readonly UsageRow[];
}

export interface OptedOut {
  readonly seen: Seen;
  readonly use: OptOutUse;
  /** Traffic with relays that was completely inspected and contains no upload like telemetry. */
  readonly relayRows: readonly UsageRow[];
}

/** Returns the telemetry of a tool as use that the rule denies, and the facts for the answer. */
export function buildOptOut(policy: Policy, rule: Rule, seen: Seen, endsIn: EndsIn): OptedOut {
  const { subject, use, whole } = seen;
  const facts = rule.telemetry?.get(use.tool) ?? NOT_KNOWN;
  const sent = listSent(whole, facts, endsIn);
  const phases = splitPhases(policy, rule, subject, { use, quarters: listQuarters(sent) });
  const used = seen.phases.quarters.after;
  const starts = new Set(used.map(({ startSeconds }) => startSeconds));
  const inForce = sent.filter(({ quarter }) => starts.has(quarter.startSeconds));
  const countedQuarters = phases.quarters.after.filter(({ confidence }) => confidence !== 'possible');
  const found: OptOutUse = {
    host: subject.identity.host,
    tool: use.tool,
    payloadUp: use.telemetry === null ? null : buildRange(inForce, use.telemetry),
    times:
      countedQuarters.length === 0
        ? null
        : {
            firstUs: Math.min(...countedQuarters.map(({ firstUs }) => firstUs)),
            lastUs: Math.max(...countedQuarters.map(({ lastUs }) => lastUs)),
          },
    firstUseUs: used.reduce((first, { firstUs }) => Math.min(first, firstUs), Number.POSITIVE_INFINITY),
    reasons: listReasons(whole, facts, used, inForce),
  };
  const relayRows = inForce.flatMap(({ relays }) => relays.filter(isOfRequestsAlone));
  return { seen: { ...seen, phases, tool: buildTelemetry(whole, inForce) }, use: found, relayRows };
}

const NOT_KNOWN: TelemetryFacts = { isKnown: false, contacts: [] };

/** Lists the reasons why it is unknown if telemetry was sent. */
function listReasons(
  { use }: HostTool,
  { isKnown }: TelemetryFacts,
  used: readonly UsageQuarter[],
  sent: readonly Sent[],
): OptOutReason[] {
  const isRequested = used.some(({ requests }) => requests !== null && requests.min > 0);
  const reasons: readonly (readonly [OptOutReason, boolean])[] = [
    ['possible', used.some(({ confidence, isDoubted }) => confidence === 'possible' || isDoubted === true)],
    ['noEstimate', use.telemetry === null],
    ['notRecorded', !isKnown],
    ['doubtful', sent.some(({ bytes }) => bytes > 0)],
    ['contacted', sent.some(({ isContacted }) => isContacted)],
    ['noRequest', !isRequested],
    ['relay', sent.some(({ relays }) => !relays.every(isOfRequestsAlone))],
  ];
  return reasons.filter(([, applies]) => applies).map(([reason]) => reason);
}

function listSent(tool: HostTool, { contacts }: TelemetryFacts, endsIn: EndsIn): Sent[] {
  const { telemetry } = tool.use;
  const unsure = telemetry === null ? 0 : telemetry.payloadUp - telemetry.min;
  const isRelayed = tool.quarters.some(({ byRole }) => byRole.relay !== undefined);
  const rows = isRelayed || telemetry === null || telemetry.payloadUp > 0 ? groupRows(tool) : NO_ROWS;
  return tool.quarters.map((quarter): Sent => {
    const named = quarter.byRole.telemetry;
    const [flows, payload] = [named?.flows ?? 0, named?.payloadUp ?? 0];
    const ownPayload = quarter.telemetryPayloadUp;
    const bytes = ownPayload ?? (payload > flows * HANDSHAKE_UP ? payload : 0);
    const found = rows.get(quarter.startSeconds) ?? NOTHING;
    const { relays } = found;
    if (isContact(found.names, bytes, flows, contacts))
      return { quarter, bytes: 0, isSure: false, isContacted: false, relays };
    const byShape = Math.max(0, bytes - payload);
    // The answer may have continued after the end of observation. In that case the upload was a model request.
    const doubtful = found.doubtful + (endsIn(quarter, ANSWER_US) ? found.last.bytesUp : 0);
    // A log does not show whose collector a name is if many programs share the name.
    const doubt = ownPayload === null && found.isShared ? bytes : unsure + Math.min(doubtful, byShape);
    const isSure = bytes - doubt >= MIN_TELEMETRY_BYTES && quarter.isDoubted !== true;
    return { quarter, bytes, isSure, isContacted: bytes === 0 && flows > 0, relays };
  });
}

/** Rows of names of telemetry, and uploads that may not be telemetry, in one quarter hour. */
interface Found {
  readonly names: Set<string>;
  isShared: boolean;
  doubtful: number;
  /** The upload that began last, if its answer is larger than an acknowledgement and not streamed. */
  last: { readonly rowUs: number; readonly startMs: number; readonly bytesUp: number };
  readonly relays: UsageRow[];
}

const NO_UPLOAD: Found['last'] = { rowUs: 0, startMs: 0, bytesUp: 0 };
const NO_ROWS: ReadonlyMap<number, Found> = new Map();
const createFound = (): Found => ({
  names: new Set(),
  isShared: false,
  doubtful: 0,
  last: NO_UPLOAD,
  relays: [],
});
const NOTHING = createFound();

function groupRows(tool: HostTool): ReadonlyMap<number, Found> {
  const shared = new Set(
    tool.use.names.filter(({ specificity }) => specificity === 'shared').map(({ name }) => name),
  );
  const quarters = new Map<number, Found>();
  tool.selectPart?.((row, role, isForeign) => {
    if (isForeign) return false;
    const start = floorToQuarter(row.firstUs / US);
    const found = quarters.get(start) ?? createFound();
    quarters.set(start, found);
    if (role === 'telemetry') {
      found.names.add(row.name);
      found.isShared ||= shared.has(row.name);
    } else {
      found.doubtful += sumRefused(row);
      found.last = row.exchanges.reduce((last, exchange) => findLater(last, row, exchange), found.last);
    }
    if (role === 'relay') found.relays.push(row);
    return false;
  });
  return quarters;
}

/** Finds the latest upload. An answer that may continue is in the row with the last packet. */
function findLater(last: Found['last'], { lastUs: rowUs }: UsageRow, exchange: UsageExchange): Found['last'] {
  const { startMs, bytesUp, bytesDown, recordsDown } = exchange;
  if (bytesUp < MIN_TELEMETRY_BYTES || rowUs < last.rowUs || (rowUs === last.rowUs && startMs < last.startMs))
    return last;
  const mayGoOn = recordsDown < STREAMED && bytesDown > ACKNOWLEDGED_DOWN;
  return { rowUs, startMs, bytesUp: mayGoOn ? bytesUp : 0 };
}

/** True if every upload to a relay got a streamed answer of its own, so that none was a post of telemetry. */
const isOfRequestsAlone = ({ exchanges, loggedSlices, payloadUp, flows }: UsageRow): boolean =>
  loggedSlices === 0 &&
  (exchanges.length > 0 || payloadUp <= flows * HANDSHAKE_UP) &&
  exchanges.every(
    ({ bytesUp, messagesUp, recordsDown }) =>
      bytesUp < MIN_TELEMETRY_BYTES || (recordsDown >= STREAMED && messagesUp <= 1),
  );

/** Sums uploads that occurred twice, because a refused model request looks like telemetry. */
function sumRefused({ exchanges }: UsageRow): number {
  const posts = exchanges.filter(
    ({ bytesUp, recordsDown }) => bytesUp >= MIN_REFUSED_BYTES && recordsDown < STREAMED,
  );
  const isRefused = (usageExchange: UsageExchange): boolean =>
    exchanges.some(
      (other) =>
        other !== usageExchange && Math.abs(other.bytesUp - usageExchange.bytesUp) <= MAX_SIZE_DIFFERENCE,
    );
  return posts.filter(isRefused).reduce((sum, { bytesUp }) => sum + bytesUp, 0);
}

/** True if the tool sends this much even with telemetry switched off. */
function isContact(
  names: ReadonlySet<string>,
  bytes: number,
  flows: number,
  contacts: TelemetryFacts['contacts'],
): boolean {
  if (contacts.length === 0 || names.size === 0) return false;
  const matching = contacts.filter(({ name }) => names.has(name));
  return matching.length === names.size && bytes <= flows * Math.max(...matching.map(({ up }) => up));
}

/** Returns quarter hours with telemetry for findings. Uncertain ones have the confidence *possible*. */
const listQuarters = (sent: readonly Sent[]): UsageQuarter[] =>
  sent
    .filter(({ bytes }) => bytes > 0)
    .map(({ quarter, bytes, isSure }): UsageQuarter => {
      const { firstUs, lastUs, flows, bytesUp, bytesDown, payloadDown } = quarter.byRole.telemetry ?? quarter;
      const traffic = { firstUs, lastUs, bytesUp, bytesDown, payloadDown, requests: null };
      const telemetry = { ...traffic, flows: Math.max(1, flows), payloadUp: bytes };
      return {
        ...quarter,
        ...telemetry,
        activeMinutes: null,
        confidence: isSure ? quarter.confidence : 'possible',
        byRole: { telemetry },
      };
    });

/** Returns the lower and upper bound of the bytes sent. */
function buildRange(
  sent: readonly Sent[],
  { payloadUp, min }: NonNullable<HostTool['use']['telemetry']>,
): Range {
  const sum = (list: readonly Sent[]): number => list.reduce((all, { bytes }) => all + bytes, 0);
  return { min: Math.max(0, sum(sent.filter(({ isSure }) => isSure)) - (payloadUp - min)), max: sum(sent) };
}

/** Presents the tool for findings, with the bytes of its telemetry as evidence. */
const buildTelemetry = (tool: HostTool, sent: readonly Sent[]): Seen['tool'] => ({
  use: tool.use,
  evidenceIn: (quarters) => [
    ...listItems(
      tool,
      sent.filter(({ quarter, bytes }) => bytes > 0 && quarters.has(quarter.startSeconds)),
    ),
    ...evidenceDuring(tool, quarters),
  ],
  sensorsIn: (quarters) => sensorsDuring(tool, quarters),
});

function listItems({ use }: HostTool, sent: readonly Sent[]): EvidenceItem[] {
  if (sent.length === 0) return [];
  const bytes = sent.reduce((sum, request) => sum + request.bytes, 0);
  const names = use.names.filter(({ role }) => role === 'telemetry').map(({ name }) => name);
  const sentence =
    names.length === 0
      ? phrase('telemetryShape', { number: bytes })
      : phrase('telemetryNames', { number: bytes, name: names.join(', ') });
  const quarters = sent.map(({ quarter }) => quarter);
  return [
    {
      kind: 'name',
      rule: TELEMETRY_RULE,
      for: true,
      communityIds: [],
      ...asDetail(sentence),
      first: formatInstant(Math.min(...quarters.map(({ firstUs }) => firstUs))),
      last: formatInstant(Math.max(...quarters.map(({ lastUs }) => lastUs))),
      flows: quarters.reduce((sum, { byRole }) => sum + (byRole.telemetry?.flows ?? 0), 0),
    },
  ];
}
