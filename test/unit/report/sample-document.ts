// A made office over a week, by hand: enough of everything for the outputs to show, and names that mean harm.

import type { Confidence } from '../../../src/model/confidence.ts';
import { NO_TOOL_SUMS } from '../../../src/model/counters.ts';
import type {
  Finding,
  HostReport,
  NotVisible,
  ReportDocument,
  ToolDay,
  ToolUse,
} from '../../../src/model/report.ts';
import { REQUEST } from '../../../src/model/request.ts';
import { sumNotVisible, toolTotals } from '../../../src/report/document/report-totals.ts';
import type { EmployeeInput } from '../../../src/report/html/employee.ts';
import { formatCommand } from '../../../src/report/text/command-text.ts';

const DAYS = ['08', '09', '10', '11', '12', '13', '14'].map((day) => `2026-07-${day}`);

interface UseSketch {
  readonly tool: string;
  readonly name: string;
  readonly vendor: string;
  readonly kind?: string;
  readonly confidence: Confidence;
  /** Active minutes of each day from 8 to 14 July; 0: none seen. */
  readonly minutes: readonly number[];
  readonly megabytesUp: number;
  readonly estimated?: boolean;
}

export function sampleUse(sketch: UseSketch): ToolUse {
  const { tool, name, vendor, confidence, minutes } = sketch;
  const total = minutes.reduce((sum, minute) => sum + minute, 0);
  const bytesUp = Math.round(sketch.megabytesUp * 1e6);
  const isKnown = sketch.estimated !== false;
  const days: ToolDay[] = minutes.flatMap((activeMinutes, i) =>
    activeMinutes === 0
      ? []
      : [
          {
            date: DAYS[i] ?? '',
            activeMinutes: isKnown ? activeMinutes : null,
            flows: activeMinutes,
            bytesUp: Math.round((bytesUp * activeMinutes) / total),
            bytesDown: 40_000 * activeMinutes,
            confidence,
          },
        ],
  );
  const payloadUp = Math.round(bytesUp * 0.9);
  const firstSeen = `${days[0]?.date ?? DAYS[0]}T01:12:03.000000Z`;
  const lastSeen = `${days.at(-1)?.date ?? DAYS[0]}T10:40:00.250000Z`;
  return {
    ...NO_TOOL_SUMS,
    tool,
    name,
    vendor,
    kind: sketch.kind ?? 'cli',
    confidence,
    firstSeen,
    lastSeen,
    firstSeenEver: firstSeen,
    activeMinutes: isKnown ? total : null,
    flows: total,
    bytesUp,
    bytesDown: 40_000 * total,
    payloadUp,
    payloadDown: 37_000 * total,
    modelPayloadUp: isKnown ? Math.round(payloadUp * 0.4) : null,
    requests: isKnown ? { min: total * 2, max: total * 3 } : null,
    prompts: null,
    sessions: null,
    telemetry: isKnown
      ? {
          payloadUp: Math.round(payloadUp * 0.6),
          min: Math.round(payloadUp * 0.5),
          max: Math.round(payloadUp * 0.63),
          share: 0.6,
          method: 'exchange',
        }
      : null,
    withheld: isKnown ? [] : [{ field: 'requests', reason: 'no exchanges were recorded' }],
    days,
    names: [
      {
        ...NO_TOOL_SUMS,
        name: `api.${vendor.toLowerCase().replaceAll(' ', '')}.example`,
        role: 'inference',
        specificity: confidence === 'certain' ? 'tool' : 'vendor',
        servers: ['203.0.113.7', '2001:db8::7'],
        serverPorts: [443],
        flows: total,
        bytesUp,
        bytesDown: 40_000 * total,
        payloadUp,
        payloadDown: 37_000 * total,
      },
    ],
    fingerprints: [
      {
        ja4: 't13d1713h1_5b57614c22b0_7f527383e249',
        ja3: '0123456789abcdef0123456789abcdef',
        alpn: ['http/1.1'],
        runtime: 'bun 1.4',
        flows: total,
      },
    ],
    evidence: [
      {
        kind: 'name',
        rule: `tools/${tool}.json#names.0`,
        detail: `${total} flows went to a name of ${vendor}`,
        for: true,
        first: firstSeen,
        last: lastSeen,
        flows: total,
        communityIds: ['1:aaaaaaaaaaaaaaaaaaaaaaaaaaa='],
      },
      {
        kind: 'fingerprint',
        rule: 'runtimes/bun.json#1.4',
        detail: 'any program on this runtime sends this hello',
        for: false,
        first: firstSeen,
        last: lastSeen,
        flows: total,
        communityIds: [],
      },
    ],
  };
}

const claude = (confidence: Confidence, minutes: readonly number[], megabytesUp: number): ToolUse =>
  sampleUse({
    tool: 'claude-code',
    name: 'Claude Code',
    vendor: 'Anthropic',
    confidence,
    minutes,
    megabytesUp,
  });

function sampleHost(
  host: string,
  name: string | null,
  tools: readonly ToolUse[],
  more?: Partial<HostReport>,
): HostReport {
  return {
    host,
    identity: 'address',
    mac: null,
    name,
    groups: ['rnd'],
    bytes: 400_000_000,
    flows: 4000,
    presence: DAYS,
    tools,
    providers: [],
    notVisible: [],
    ...more,
  };
}

const notVisible = (kind: NotVisible['kind'], bytes: number): NotVisible => ({
  kind,
  flows: 3,
  bytes,
  share: bytes / 400_000_000,
  first: '2026-07-13T02:00:00.000000Z',
  last: '2026-07-13T04:00:00.000000Z',
});

const HOSTS: readonly HostReport[] = [
  sampleHost('10.20.1.5', 'dev-05', [claude('likely', [90, 100, 92, 0, 0, 70, 90], 104)]),
  sampleHost('10.20.1.17', 'dev-17', [claude('likely', [40, 41, 0, 8, 0, 0, 0], 20)], {
    presence: DAYS.slice(0, 5),
    notVisible: [notVisible('tunnel', 90_000_000)],
  }),
  sampleHost('10.20.1.23', '"><script>alert(1)</script>\u202e\u001b[31m', [
    claude('likely', [76, 76, 0, 0, 0, 0, 0], 36),
  ]),
  sampleHost('10.20.2.8', '开发机-08', [
    sampleUse({
      tool: 'codex',
      name: 'Codex',
      vendor: 'OpenAI',
      confidence: 'certain',
      minutes: [60, 40, 50, 0, 0, 74, 80],
      megabytesUp: 158,
    }),
    sampleUse({
      tool: 'github-copilot',
      name: 'GitHub Copilot',
      vendor: 'GitHub',
      confidence: 'certain',
      minutes: [90, 60, 60, 0, 0, 40, 105],
      megabytesUp: 22,
      kind: 'ide-extension',
    }),
  ]),
  sampleHost('10.20.2.31', null, [claude('possible', [3, 0, 0, 0, 0, 0, 2], 0.4)], {
    providers: [
      {
        ...claude('certain', [3, 0, 0, 0, 0, 0, 2], 0.4),
        tool: 'anthropic-api',
        name: 'Anthropic API',
        kind: 'api',
      },
    ],
    notVisible: [notVisible('ech', 6_400_000)],
  }),
  sampleHost('fd00:20::42', 'ci-03', [claude('likely', [10, 12, 14, 13, 11, 15, 14], 26)], {
    groups: ['build'],
  }),
];

/** The part of a document that says what it was asked of. */
export function asked(
  inputs: readonly string[],
  options: Parameters<typeof formatCommand>[2] = {},
): Pick<ReportDocument, 'command' | typeof REQUEST> {
  const { command, request } = formatCommand('analyze', inputs, options);
  return { command, [REQUEST]: request };
}

/** Without a policy. */
export function sampleDocument(): ReportDocument {
  return {
    schema: 1,
    wiretally: '0.1.0',
    catalogue: '2026.11.1',
    generated: null,
    catalogueAgeDays: 0,
    ...asked(['captures/office.pcap']),
    period: {
      since: '2026-07-07T16:00:00.000000Z',
      until: '2026-07-14T16:00:00.000000Z',
      timezone: 'Asia/Shanghai',
    },
    sensor: null,
    services: [],
    recordsFrom: '2026-07-08T00:30:00.000000Z',
    recordsUntil: '2026-07-14T10:05:00.000000Z',
    captures: [
      {
        file: 'captures/office.pcap',
        packets: 2_400_000,
        bytes: 1_900_000_000,
        firstPacket: '2026-07-08T00:30:00.000000Z',
        lastPacket: '2026-07-14T10:40:00.250000Z',
        linkTypes: [1],
        truncated: false,
      },
    ],
    stats: {
      packets: 2_400_000,
      bytes: 1_900_000_000,
      flows: 31_207,
      clientHellos: { complete: 4812, incomplete: 3 },
      malformed: { 'tcp.data_offset': 2 },
      snaplenCut: 0,
      evictedFlows: 0,
      kernelDrops: 960,
    },
    coverage: DAYS.map((date) => ({
      date,
      packets: 342_857,
      kernelDrops: date.endsWith('12') ? 960 : 0,
      gaps: date.endsWith('12')
        ? [
            {
              from: '2026-07-11T18:00:00.000000Z',
              to: '2026-07-11T21:40:00.000000Z',
              reason: 'sensor restart',
            },
          ]
        : [],
    })),
    hosts: HOSTS,
    tools: toolTotals(HOSTS),
    notVisible: sumNotVisible(HOSTS),
  };
}

function sampleFinding(host: string, result: Finding['result'], confidence: Confidence): Finding {
  const use = HOSTS.find((each) => each.host === host)?.tools[0];
  if (use === undefined) throw new Error(`the sample has no host ${host}`);
  return {
    id: `AI-0710/${host}/claude-code`,
    rule: 'AI-0710',
    rev: 2,
    host,
    tool: 'claude-code',
    result,
    severity: result === 'violation' ? 'high' : 'info',
    confidence,
    first: use.firstSeen,
    last: use.lastSeen,
    days: use.days.map(({ date }) => date),
    activeMinutes: use.activeMinutes,
    requests: use.requests,
    payloadUp: use.payloadUp,
    exception: result === 'exempt' ? 'EX-17' : null,
    evidence: use.evidence.filter((item) => item.for),
    against: use.evidence.filter((item) => !item.for),
    next: 'Ask the owner of the host.',
    references: ['internal notice 2026-07-03'],
  };
}

/** The rule of the days of each row of Claude Code. */
function ruled(host: HostReport): HostReport {
  return {
    ...host,
    tools: host.tools.map((use) =>
      use.tool !== 'claude-code'
        ? use
        : {
            ...use,
            days: use.days.map((day) =>
              day.date < '2026-07-10'
                ? { ...day, upcomingRules: ['AI-0710'] }
                : { ...day, rules: ['AI-0710'] },
            ),
          },
    ),
  };
}

/** With a ban that some hosts keep, some do not. */
export function sampleAudit(): ReportDocument {
  const document = sampleDocument();
  return {
    ...document,
    hosts: document.hosts.map(ruled),
    ...asked(['captures/office.pcap'], { '--policy': 'acme.yaml' }),
    policy: {
      name: 'ACME AI tools',
      sha256: '9f2c'.padEnd(64, '0'),
      timezone: 'Asia/Shanghai',
      rules: [
        {
          id: 'AI-0710',
          rev: 2,
          title: 'Claude Code is banned (high-risk software list)',
          action: 'deny',
          severity: 'high',
          announced: '2026-07-02T16:00:00.000000Z',
          effective: '2026-07-09T16:00:00.000000Z',
          graceUntil: '2026-07-12T16:00:00.000000Z',
          owner: 'it-compliance@example.com',
          tools: ['claude-code'],
        },
      ],
    },
    summary: {
      rules: [
        {
          rule: 'AI-0710',
          verdict: 'violated',
          observed: {
            since: '2026-07-12T16:00:00.000000Z',
            until: '2026-07-14T10:00:00.000000Z',
            seconds: 136_800,
            share: 136_800 / 151_200,
          },
          reasons: [
            {
              reason: 'unobserved',
              since: '2026-07-13T01:00:00.000000Z',
              until: '2026-07-13T05:00:00.000000Z',
              share: 14_400 / 151_200,
            },
          ],
          inScope: 7,
          hostsSeen: 7,
          hostsNotVisible: 0,
          notVisibleShare: 0.04,
          concerned: 5,
          before: 4,
          grace: 1,
          after: 1,
          suspected: 1,
          exempt: 1,
          notSeenSince: 1,
        },
      ],
    },
    findings: [
      sampleFinding('10.20.1.5', 'violation', 'likely'),
      sampleFinding('10.20.2.31', 'suspected', 'possible'),
      sampleFinding('10.20.1.17', 'grace', 'likely'),
      sampleFinding('fd00:20::42', 'exempt', 'likely'),
    ],
  };
}

/** Names in capitals are no words of a language. */
export const sampleEmployee = (): EmployeeInput => ({
  tool: {
    id: 'claude-code',
    name: 'Claude Code',
    vendor: 'Anthropic',
    kind: 'cli',
    homepage: 'https://example.com',
    endpoints: [{ host: 'T.EXAMPLE', role: 'telemetry', specificity: 'tool' }],
  },
  measured: { modelPayloadUp: 1000, telemetryPayloadUp: 500, telemetryShare: 0.33 },
  policy: null,
  wiretally: '0.1.0',
  catalogue: '2026.11',
});
