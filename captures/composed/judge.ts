// Holds what the library says of a composed case against its truth.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Wiretally from '../../src/index.ts';
import type { Confidence } from '../../src/model/confidence.ts';
import type { ReportDocument, ToolUse } from '../../src/model/report.ts';
import type { Statement } from '../../src/model/statement.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { writePcap, writePcapng } from '../pcap.ts';
import {
  ATTEMPTS_FAMILY,
  type Bounds,
  type ComposedCase,
  type MachineTruth,
  type PolicyTruth,
  type StatementTruth,
} from './case.ts';
import { type BanResult, evaluateBan } from './evaluate-ban.ts';

/** One range of requests against the truth. */
export interface RangeSeen {
  readonly reported: Bounds | null;
  readonly truth: Bounds;
}

export interface CaseResult {
  /** Sentences; empty when nothing is wrong. */
  readonly accused: readonly string[];
  /** Real use that packets of an attacker remove from the report or lower in degree. */
  readonly hidden: readonly string[];
  /** Real use that packets of an attacker bring under an exception. */
  readonly exempted: readonly string[];
  readonly missed: readonly string[];
  readonly unreported: readonly string[];
  readonly policy: readonly string[];
  /** Attempts that are not listed, wrongly placed, or none. */
  readonly attempts: readonly string[];
  readonly ranges: readonly RangeSeen[];
  readonly wrongRanges: readonly string[];
  /** Every row about a tool, and whether it ran. */
  readonly rows: readonly { readonly confidence: Confidence; readonly ran: boolean }[];
}

type Library = typeof Wiretally;

const MAX_DOCUMENT_BYTES = 64 << 20;

interface HostRows {
  readonly host: string;
  readonly tools: readonly ToolUse[];
  readonly providers: readonly ToolUse[];
}

export class Judge {
  readonly #library: Library;
  readonly #catalogue: Wiretally.Catalogue;
  readonly #tell: Tell;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wiretally-composed-'));

  /** `tell` runs the command line: only its reports contain the unobserved time. */
  constructor(library: Library, catalogue: Wiretally.Catalogue, tell: Tell) {
    this.#tell = tell;
    this.#library = library;
    this.#catalogue = catalogue;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async judge(made: ComposedCase): Promise<CaseResult> {
    const honest = made.honest === undefined ? null : await this.#rowsOf({ ...made, captures: made.honest });
    // The audit reads the files that this call writes.
    const hosts = await this.#rowsOf(made);
    const { one, advised } = await this.#followAdvice(made);
    const ban = await this.#evaluateBan(one);
    const services = await this.#judgeServices(one);
    const statement = await this.#judgeStatement(one);
    const document = await this.#judgeDocument(one);
    const parts = one.machines.map((machine) => judgeMachine(machine, hosts));
    const known = new Set(one.machines.flatMap(({ addresses }) => addresses));
    const strangers = hosts.filter(({ host }) => !known.has(host));
    parts.push(judgeRows({ addresses: ['elsewhere'], uses: [] }, strangers));
    return {
      accused: [...parts.flatMap(({ accused }) => accused), ...ban.accused, ...services.wrong],
      hidden: [
        ...(honest === null || ban.isOpen ? [] : hiddenIn(one, hosts, honest)),
        ...ban.hidden,
        ...statement.made,
      ],
      exempted: ban.exempted,
      missed: [...parts.flatMap(({ missed }) => missed), ...services.missed],
      unreported: parts.flatMap(({ unreported }) => unreported),
      ranges: parts.flatMap(({ ranges }) => ranges),
      wrongRanges: parts.flatMap(({ wrongRanges }) => wrongRanges),
      rows: parts.flatMap(({ rows }) => rows),
      attempts: document.attempts,
      policy: [...advised, ...document.policy, ...statement.refused],
    };
  }

  /** The case with the lines of `accept` that its reports advise, and what is wrong with them. */
  async #followAdvice(
    one: ComposedCase,
  ): Promise<{ readonly one: ComposedCase; readonly advised: string[] }> {
    const { policy, statement, mostAccepted } = one;
    if (policy === undefined || statement === undefined || mostAccepted === undefined)
      return { one, advised: [] };
    const lines: AcceptLines = new Map();
    for (;;) {
      const text = withAccepted(policy.text, lines);
      const next = { ...one, policy: { ...policy, text } };
      const rules = (await this.#audit(next, text)).summary?.rules ?? [];
      const { advice = [] } = await this.#statementOf(next, statement);
      const isMore = addLines(lines, [
        ...rules.flatMap(({ reasons }) => reasons.flatMap((r) => r.advice ?? [])),
        ...advice,
      ]);
      if (lines.size > mostAccepted)
        return { one: next, advised: [`${lines.size} lines of accept: ${[...lines.keys()].join(', ')}`] };
      if (!isMore) return { one: next, advised: [] };
    }
  }

  async #rowsOf(one: ComposedCase): Promise<HostRows[]> {
    if (one.logs !== undefined) return [];
    const windows = await this.#windowsOf(one);
    const { attribute, openZone } = this.#library;
    const attributions = attribute(windows, this.#catalogue, { zone: openZone('UTC') });
    return attributions.map(({ host, tools, providers }) => ({
      host,
      tools: tools.map(({ use }) => use),
      providers: providers.map(({ use }) => use),
    }));
  }

  #fileOf(index: number): string {
    return join(this.#folder, `part-${index}.pcap`);
  }

  #logsOf(logs: NonNullable<ComposedCase['logs']>): string[] {
    return logs.map(({ name, text }) => {
      const file = join(this.#folder, name);
      writeFileSync(file, text);
      return file;
    });
  }

  async #windowsOf(one: ComposedCase): Promise<readonly UsageWindow[]> {
    const files = one.captures.map((frames, index) => {
      const file = this.#fileOf(index);
      const bytes =
        one.dropped === undefined ? writePcap(frames, one.link) : writePcapng(frames, one.dropped);
      const isLast = index === one.captures.length - 1;
      writeFileSync(file, bytes.subarray(0, bytes.length - (isLast ? (one.cutBytes ?? 0) : 0)));
      return file;
    });
    const options = { catalogue: this.#catalogue };
    const { analyze, mergeWindows } = this.#library;
    if (one.reading !== 'apart') return (await analyze(files, options)).windows;
    const windows: UsageWindow[] = [];
    for (const file of files) windows.push(...(await analyze([file], options)).windows);
    return mergeWindows(windows);
  }

  async #judgeDocument(one: ComposedCase): Promise<Pick<CaseResult, 'policy' | 'attempts'>> {
    if (one.policy === undefined) return { policy: [], attempts: [] };
    const document = await this.#audit(one, one.policy.text);
    return {
      policy: policyFaults(document, one.policy),
      attempts: one.family === ATTEMPTS_FAMILY ? attemptFaults(document, one.machines) : [],
    };
  }

  async #documentOf<T = ReportDocument>(words: readonly string[]): Promise<T> {
    const { out, err } = await this.#tell([...words, '--format', 'json']);
    try {
      return JSON.parse(out) as T;
    } catch (error) {
      throw new Error(`${words[0]} gave no document: ${err}`, { cause: error });
    }
  }

  async #judgeServices(one: ComposedCase): Promise<ServiceFaults> {
    if (one.services === undefined) return { wrong: [], missed: [] };
    const files = one.captures.map((_, index) => this.#fileOf(index));
    return serviceFaults(await this.#documentOf(['analyze', ...files]), one.services);
  }

  async #evaluateBan(one: ComposedCase): Promise<BanResult> {
    if (one.ban === undefined) return { accused: [], hidden: [], exempted: [], isOpen: false };
    return evaluateBan(await this.#audit(one, one.ban.text), one.ban);
  }

  async #audit(one: ComposedCase, text: string): Promise<ReportDocument> {
    return this.#documentOf(['analyze', ...(await this.#inputsOf(one)), '--policy', this.#policyFile(text)]);
  }

  async #judgeStatement(one: ComposedCase): Promise<{ readonly made: string[]; readonly refused: string[] }> {
    if (one.statement === undefined) return { made: [], refused: [] };
    const { isPossible } = one.statement;
    const { result, sentence } = await this.#statementOf(one, one.statement);
    const isMade = result === 'notObserved';
    return {
      made: isMade && !isPossible ? [`statement: ${sentence}`] : [],
      refused: isPossible && !isMade ? [`statement: ${sentence}`] : [],
    };
  }

  async #statementOf(one: ComposedCase, { tool, scope, since, until }: StatementTruth): Promise<Statement> {
    const words = ['--tool', tool, '--since', since, '--until', until];
    words.push(...scope.flatMap((network) => ['--scope', network]));
    if (one.mostAccepted !== undefined) words.push('--policy', this.#policyFile(one.policy?.text ?? ''));
    return this.#documentOf(['attest', ...(await this.#inputsOf(one)), ...words]);
  }

  #policyFile(text: string): string {
    const file = join(this.#folder, 'policy.yaml');
    writeFileSync(file, text);
    return file;
  }

  /** The captures, or the windows of each. */
  async #inputsOf({ captures, logs, sensors }: ComposedCase): Promise<string[]> {
    const files = logs === undefined ? captures.map((_, index) => this.#fileOf(index)) : this.#logsOf(logs);
    if (sensors === undefined) return files;
    const inputs: string[] = [];
    for (const [index, file] of files.entries()) {
      const windows = join(this.#folder, `part-${index}.usage`);
      rmSync(windows, { force: true });
      const name = sensors.names[index] ?? null;
      await this.#documentOf([
        ...['analyze', file, '--write', windows],
        ...(name === null ? [] : ['--sensor', name]),
      ]);
      inputs.push(windows);
    }
    if (sensors.file === undefined) return inputs;
    const list = join(this.#folder, 'sensors.yaml');
    writeFileSync(list, sensors.file);
    return [...inputs, '--sensors', list];
  }
}

/** Runs the command line, and gives what it writes to stdout and stderr. */
export type Tell = (words: readonly string[]) => Promise<{ readonly out: string; readonly err: string }>;

/** `cli` is the built program. */
export const tellerOf =
  (cli: string): Tell =>
  (words) =>
    new Promise((resolve) => {
      // The document shows more than the exit code.
      execFile(process.execPath, [cli, ...words], { maxBuffer: MAX_DOCUMENT_BYTES }, (_, out, err) =>
        resolve({ out, err }),
      );
    });

/** Destinations by kind. */
type AcceptLines = Map<string, Set<string>>;

const ADVISED = /^accept: \[\{ kind: (\w+), to: \[([^\]]+)\] \}\]$/;

/** True when an advice has a destination that was not in the lines. */
function addLines(lines: AcceptLines, advice: readonly string[]): boolean {
  let isMore = false;
  for (const text of advice) {
    const [, kind = '', list = ''] = ADVISED.exec(text) ?? [];
    for (const to of list.split(', ').filter((one) => one !== '')) {
      const known = lines.get(kind) ?? new Set();
      isMore ||= !known.has(to);
      lines.set(kind, known.add(to));
    }
  }
  return isMore;
}

const withAccepted = (text: string, lines: AcceptLines): string =>
  lines.size === 0
    ? text
    : `${text}accept:\n${[...lines].map(([kind, to]) => `  - { kind: ${kind}, to: [${[...to].join(', ')}] }\n`).join('')}`;

function policyFaults({ summary, findings }: ReportDocument, truth: PolicyTruth): string[] {
  const faults: string[] = [];
  for (const [id, wanted] of Object.entries(truth.verdicts)) {
    const { verdict, reasons = [] } = summary?.rules.find(({ rule }) => rule === id) ?? {};
    const why = reasons.map(({ reason }) => reason).join(', ');
    if (verdict !== wanted) faults.push(`${id}: ${verdict} (${why}), must be ${wanted}`);
  }
  const violations = findings?.filter(({ result }) => result === 'violation') ?? [];
  for (const { host, tool, requests } of truth.violations) {
    const found = violations.find((finding) => finding.host === host && finding.tool === tool);
    if (found === undefined) faults.push(`${tool} on ${host}: no violation`);
    else if (found.requests !== null && !overlaps(found.requests, requests))
      faults.push(`${tool} on ${host}: ${text(found.requests)} requests in violation for ${text(requests)}`);
  }
  for (const { host, tool } of violations)
    if (!truth.violations.some((wanted) => wanted.host === host && wanted.tool === tool))
      faults.push(`${tool} on ${host}: a violation that is none`);
  return faults;
}

interface ServiceFaults {
  readonly wrong: readonly string[];
  readonly missed: readonly string[];
}

/** Interfaces that a product has, where its packets show no more. */
const INTERFACES = new Set(['openai-compatible', 'anthropic-relay', 'mcp']);

function serviceFaults(
  { services }: ReportDocument,
  { all, mustFind }: NonNullable<ComposedCase['services']>,
): ServiceFaults {
  const placeOf = ({ host, port }: { host: string; port: number }): string => `${host}:${port}`;
  const wrong = services
    .filter(({ confidence }) => confidence !== 'possible')
    .flatMap((one) => {
      const known = all.find((truth) => placeOf(truth) === placeOf(one));
      if (known === undefined) return [`${one.product} at ${placeOf(one)}: no AI service`];
      const strangers = one.clients.filter(({ host }) => !known.clients.includes(host));
      return [
        ...(one.product === known.product || INTERFACES.has(one.product)
          ? []
          : [`${one.product} at ${placeOf(one)}, which is ${known.product}`]),
        ...strangers.map(({ host }) => `${host} as a client of ${placeOf(one)}`),
      ];
    });
  if (!mustFind) return { wrong, missed: [] };
  const missed = all.flatMap((truth) => {
    const found = services.find((one) => placeOf(one) === placeOf(truth));
    if (found === undefined) return [`${truth.product} at ${placeOf(truth)}`];
    const hosts = found.clients.map(({ host }) => host);
    return truth.clients
      .filter((host) => !hosts.includes(host))
      .map((host) => `${host} as a client of ${placeOf(truth)}`);
  });
  return { wrong, missed };
}

function attemptFaults({ attempts = [] }: ReportDocument, machines: readonly MachineTruth[]): string[] {
  return machines.flatMap((machine) => {
    const { must, may } = machine.attempts ?? { must: [], may: [] };
    const listed = attempts.filter(({ host }) => machine.addresses.includes(host));
    const [where] = machine.addresses;
    return [
      ...must.flatMap(({ name, results, legs }) => {
        const found = listed.find((one) => one.name === name);
        if (found === undefined) return [`${name} on ${where}: not listed`];
        const { result, leg } = found;
        const isRight = results.includes(result) && leg !== null && legs.includes(leg);
        return isRight ? [] : [`${name} on ${where}: ${result} by ${leg}`];
      }),
      ...listed
        .filter(({ name }) => !may.includes(name))
        .map(({ name, result }) => `${name} on ${where}: ${result}, while nothing stopped it`),
    ];
  });
}

const DEGREES: readonly Confidence[] = ['possible', 'likely', 'certain'];

/** The best degree of the tool on these addresses: 1 for possible, 0 without a row. */
function degreeOf(tool: string, addresses: readonly string[], hosts: readonly HostRows[]): number {
  const rows = hosts.filter(({ host }) => addresses.includes(host)).flatMap(({ tools }) => tools);
  return Math.max(
    0,
    ...rows.filter((row) => row.tool === tool).map(({ confidence }) => 1 + DEGREES.indexOf(confidence)),
  );
}

/** Uses with a lower degree than in the captures without the attacker's packets. */
function hiddenIn(one: ComposedCase, hosts: readonly HostRows[], honest: readonly HostRows[]): string[] {
  return one.machines.flatMap(({ addresses, uses }) =>
    uses.flatMap(({ tool, mustKeep }) => {
      if (mustKeep !== true) return [];
      const [reported, before] = [hosts, honest].map((rows) => degreeOf(tool, addresses, rows)) as [
        number,
        number,
      ];
      if (reported >= before) return [];
      return [
        `${tool} on ${addresses[0]}: ${DEGREES[reported - 1] ?? 'nothing'} in place of ${DEGREES[before - 1]}`,
      ];
    }),
  );
}

type MachineResult = Omit<CaseResult, 'policy' | 'attempts' | 'hidden' | 'exempted'>;

function judgeMachine(machine: MachineTruth, hosts: readonly HostRows[]): MachineResult {
  return judgeRows(
    machine,
    hosts.filter(({ host }) => machine.addresses.includes(host)),
  );
}

function judgeRows(machine: MachineTruth, hosts: readonly HostRows[]): MachineResult {
  const where = machine.addresses[0] ?? '';
  const rows = hosts.flatMap(({ tools }) => tools);
  const ran = new Set(machine.uses.map(({ tool }) => tool));
  const isNamed = ({ confidence }: ToolUse): boolean => confidence !== 'possible';
  const accused = rows
    .filter((row) => isNamed(row) && !ran.has(row.tool))
    .map((row) => `${row.tool} on ${where} (${row.confidence})`);
  for (const { tool, atMost } of machine.uses)
    if (atMost !== undefined)
      accused.push(
        ...rows
          .filter((row) => row.tool === tool && isNamed(row))
          .map((row) => `${tool} on ${where} (${row.confidence}, ${atMost} at most)`),
      );
  const providers = hosts.flatMap((one) => one.providers);
  accused.push(
    ...(machine.isOnlyTried === true ? [...rows, ...providers] : rows)
      .filter(({ tool }) => machine.isOnlyTried === true || machine.onlyTried?.includes(tool))
      .map(({ tool, confidence }) => `${tool} on ${where} (${confidence}, was only tried)`),
  );
  const missed = machine.uses
    .filter(({ tool, mustName }) => mustName && !rows.some((row) => row.tool === tool && isNamed(row)))
    .map(({ tool }) => `${tool} on ${where}`);
  const reported = rows.length > 0 || hosts.some(({ providers }) => providers.length > 0);
  const ranges: RangeSeen[] = [];
  const wrongRanges: string[] = [];
  for (const { tool, requests } of machine.uses) {
    const mine = rows.filter((row) => row.tool === tool && isNamed(row));
    if (requests === null || mine.length === 0) continue;
    const seen = { reported: sumOf(mine), truth: requests };
    ranges.push(seen);
    if (seen.reported !== null && !overlaps(seen.reported, requests))
      wrongRanges.push(`${tool} on ${where}: ${text(seen.reported)} requests for ${text(requests)}`);
  }
  const unshown = machine.uses
    .filter(({ tool, mustShow }) => mustShow === true && !rows.some((row) => row.tool === tool))
    .map(({ tool }) => `no row of ${tool} on ${where}`);
  const unreasoned = rows
    .filter((row) => isDoubted(machine, row) && !row.evidence.some((item) => !item.for))
    .map(({ tool }) => `${tool} on ${where}: possible without evidence against`);
  return {
    accused,
    missed,
    unreported: [
      ...(machine.mustReport && !reported ? [`nothing on ${where}`] : []),
      ...unshown,
      ...unreasoned,
    ],
    ranges,
    wrongRanges,
    rows: rows.map(({ confidence, tool }) => ({ confidence, ran: ran.has(tool) })),
  };
}

/** True for a `possible` row that needs evidence against it. */
function isDoubted({ uses }: MachineTruth, { tool, confidence }: ToolUse): boolean {
  return confidence === 'possible' && uses.some((use) => use.tool === tool && use.atMost === 'possible');
}

/** null when one of the rows has no range. */
function sumOf(rows: readonly ToolUse[]): Bounds | null {
  let sum: Bounds = { min: 0, max: 0 };
  for (const { requests } of rows) {
    if (requests === null) return null;
    sum = { min: sum.min + requests.min, max: sum.max + requests.max };
  }
  return sum;
}

function overlaps(a: Bounds, b: Bounds): boolean {
  return a.min <= b.max && b.min <= a.max;
}

function text({ min, max }: Bounds): string {
  return min === max ? String(min) : `${min}..${max}`;
}
