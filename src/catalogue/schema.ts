// Declares the schemas of catalogue files: tools, runtimes and shared collectors.

import { z } from 'zod';
import { ROLES, SPECIFICITIES, TOOL_KINDS } from '../model/catalogue-words.ts';
import { isVersion } from '../text/version.ts';

const name = z
  .string()
  .regex(/^[a-z0-9*_[\].:-]+$/, 'a server name in lower case, "*.suffix", or with "*" for a part of it');
const id = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'an id: lower-case letters, digits, "-" and "."');
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'a date, YYYY-MM-DD');
const sourced = { note: z.string().optional(), source: z.string().min(3), date };
const runtimes = z.array(id).min(1);
const names = z.array(name).min(1);
const gives = z.enum(['likely', 'possible']);

const version = z.string().refine(isVersion, 'a version of three numbers, as "2.1.190"');
const span = z.tuple([version.nullable(), version.nullable()]);
/** Builds with the mark; null: no bound. */
const spans = { in: z.array(span).min(1) };

/** Marks that each build of a tool shows at its start, see docs/catalogue.md. */
const markSchema = z.discriminatedUnion('kind', [
  /** A form of the ClientHello. */
  z.strictObject({
    id,
    kind: z.literal('form'),
    names,
    alpn: z.array(z.string()),
    forms: z
      .array(
        z.strictObject({
          ja4: z.string().regex(/^[tqd]\w{9}_[0-9a-f]{12}_[0-9a-f]{12}$/, 'a JA4 fingerprint'),
          ja3: z
            .string()
            .regex(/^[0-9a-f]{32}$/)
            .optional(),
        }),
      )
      .min(1),
    ...spans,
  }),
  /** A small call of a start, identified by its size. */
  z.strictObject({
    id,
    kind: z.literal('call'),
    names,
    alpn: z.array(z.string()),
    /** Bytes inside TLS records. */
    up: z.int().min(100).max(4095),
    /** The size through an HTTP proxy; absent: not sent there. */
    viaProxy: z.int().min(100).max(4095).optional(),
    /** Only builds in these work modes send it; absent: all do. */
    way: z.enum(['key', 'login']).optional(),
    /** The part of a user's settings that changes the size. */
    moves: z.string().optional(),
    ...spans,
  }),
  /** A name that is queried at a start. */
  z.strictObject({ id, kind: z.literal('name'), names, ...spans }),
  /** The start contains this many known calls, and no hello with these protocols. */
  z.strictObject({
    id,
    kind: z.literal('absent'),
    names,
    alpn: z.array(z.string()),
    needs: z.int().min(3),
    ...spans,
  }),
]);

const lineSchema = z.strictObject({
  id,
  /** Recorded platforms, in the terms of advisories. */
  platforms: z.array(id).min(1),
  runtimes: z.array(id).min(1),
  recorded: z.strictObject({ from: version, to: version, builds: z.int().min(1) }),
  marks: z.array(markSchema).min(1),
});

const buildsSchema = z.strictObject({
  /** The reason why some or all builds are indistinguishable. */
  cannotSay: z.string().min(10).optional(),
  /** Builds of one kind; empty if they are indistinguishable. */
  lines: z.array(lineSchema),
  /** Facts that distinguish a start from other tools. */
  start: z
    .strictObject({
      /** Minimum number of distinct small calls after a silence; absent: 2. */
      calls: z.int().min(1).max(2).optional(),
      /** Names of other programs with the same calls. A start with one of them on the same runtime is not placed. */
      rivals: names.optional(),
      /** A hello that every start sends, for a tool that makes the calls of a start during use too. */
      hello: z.strictObject({ runtime: id, alpn: z.array(z.string()) }).optional(),
    })
    .optional(),
  /** Date of a build, or its latest possible date. */
  dates: z.record(version, date).optional(),
  /** Bytes of the program that an update downloads, by version. */
  download: z.strictObject({ names, bytes: z.record(version, z.int().min(1)) }).optional(),
  source: z.string().min(3),
  date,
});

const endpointSchema = z.strictObject({
  host: name,
  match: z.enum(['exact', 'suffix', 'glob']),
  role: z.enum(ROLES),
  specificity: z.enum(SPECIFICITIES),
  protocol: z.enum(['https', 'http', 'http2', 'websocket', 'grpc']),
  confidence: z.enum(['high', 'medium', 'low']),
  note: z.string().optional(),
  /** Other entries whose programs request the name. A name with any is never exclusive. */
  alsoUsedBy: z.array(id).min(1).optional(),
  /** The reason why no other program requests a name of specificity "tool", with the source. */
  exclusive: z.strictObject({ why: z.string().min(10), source: z.string().min(3), date }).optional(),
  /** People open it in a browser as well: a page and an API share the name, or a suffix contains pages. */
  visited: z.literal(true).optional(),
  sources: z.array(z.string().min(3)).min(1),
  sourceFamilies: z.int().min(1).optional(),
  whyLow: z.string().optional(),
  /** The "*" of the name is a region of this cloud; regions.json lists them for native code. */
  regions: z.enum(['aws', 'google']).optional(),
  firstSeen: date,
  /** No current version uses the name. Exports omit it, but older traffic is still attributed by it. */
  ended: z.strictObject({ since: date, ...sourced }).optional(),
  /** Date of the last verification of the line; absent: not verified since it was written. */
  lastChecked: date.optional(),
});

const networkSchema = z.strictObject({
  cidr: z.string().optional(),
  asn: z.int().optional(),
  source: z.string().min(3),
  confidence: z.enum(['high', 'medium', 'low']),
  whyLow: z.string().optional(),
});

const ruleSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('name'),
    gives,
    names,
    runtimes: runtimes.optional(),
    /** The ALPN list as sent, if the list itself is evidence. */
    alpn: z.array(z.string()).optional(),
    /** Names of another tool that explain these flows if they occur with the same hello form. */
    weakenedBy: names.optional(),
    ...sourced,
  }),
  z.strictObject({
    id,
    kind: z.literal('pair'),
    gives,
    names,
    runtime: id,
    alpn: z.tuple([z.array(z.string()), z.array(z.string())]),
    withinSeconds: z.number().positive(),
    /** Minimum bytes of a request in one of the forms. Without one, the pair may belong to a script. */
    upload: z.int().min(1),
    ...sourced,
  }),
  z.strictObject({
    id,
    kind: z.literal('sideCalls'),
    gives,
    names,
    runtimes: runtimes.optional(),
    calls: z.int().min(2),
    sizes: z.int().min(1),
    maxUp: z.int().min(1),
    withinSeconds: z.number().positive(),
    uploadOrSizes: z.strictObject({ upload: z.int().min(1), sizes: z.int().min(1) }),
    ...sourced,
  }),
  z.strictObject({
    id,
    kind: z.literal('companion'),
    gives,
    names: z.array(names).min(2),
    runtimes: runtimes.optional(),
    withinSeconds: z.number().positive(),
    ...sourced,
  }),
  /** Any web page can make a browser query a name, so a DNS rule gives at most *possible*. */
  z.strictObject({ id, kind: z.literal('dns'), gives: z.literal('possible'), names, ...sourced }),
  /** Recorded calls at the start of the tool ("startUp" of the entry), on names that other programs request too. */
  z.strictObject({ id, kind: z.literal('startUp'), gives, names, runtimes, ...sourced }),
  z.strictObject({
    id,
    kind: z.literal('upload'),
    gives,
    names,
    runtimes: runtimes.optional(),
    minUp: z.int().min(1),
    ...sourced,
  }),
  z.strictObject({
    id,
    kind: z.literal('relay'),
    gives,
    runtimes,
    minUp: z.int().min(1),
    /** One of the two minimums is sufficient, because a proxy may join a streamed answer to one record. */
    minAnswerRecords: z.int().min(1),
    minAnswerBytes: z.int().min(1),
    /** Names that recordings show in use at the same time, with the same form of runtime. */
    beside: names.optional(),
    ...sourced,
  }),
  z.strictObject({ id, kind: z.literal('exclude'), names, runtimes, ...sourced }),
]);

const exchangeSchema = z.strictObject({
  /** Names that receive model requests and telemetry. */
  mixed: names.optional(),
  /** Names of an API that also receives telemetry of the tool. The caller is unknown, so the content is unknown too. */
  postedTo: names.optional(),
  /** Names that receive other data, for example copies of messages. Short answers there are not refused requests. */
  copiedTo: names.optional(),
  /** On these runtimes, telemetry to a mixed name has this form only. */
  telemetryForms: z.array(z.strictObject({ runtime: id, alpn: z.array(z.string()) })).optional(),
  /** Sizes of telemetry posts to a mixed name, if all of the tool's posts are smaller than its model requests. */
  telemetryUp: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }).optional(),
  /** Names whose flows of this form contain messages of a WebSocket. */
  websocket: z
    .strictObject({
      names,
      runtime: id,
      alpn: z.array(z.string()),
      /** Minimum bytes of a message that is a request. */
      minUp: z.int().min(1),
    })
    .optional(),
  /** Names whose model requests are too small to be recognized by size. */
  smallInference: z.strictObject({ names, minUp: z.int().min(1) }).optional(),
  /**
   * Names whose server keeps the conversation, so that a later request may contain only additions (message threads).
   */
  threads: names.optional(),
  /** Names of third parties that receive this tool's telemetry. */
  telemetry: names.optional(),
  /** The tool compresses uploads. Uncompressed telemetry has this many times as many bytes, as recorded. */
  compressed: z.strictObject({ since: z.string().min(1), telemetryTimes: z.int().min(2) }).optional(),
  /** Bytes of the headers of one telemetry post, median of the recordings. */
  telemetryHeaderBytes: z.int().min(0).max(5000).optional(),
  ...sourced,
});

/** The validation of estimates with recordings of known content. */
const calibrationSchema = z.strictObject({
  versions: z.array(z.string()).min(1),
  recordings: z.int().min(1),
  /** Recordings with model requests, those with the true count in the range, and those with an exact range. */
  requests: z.strictObject({ of: z.int().min(1), inRange: z.int(), exact: z.int() }).optional(),
  /** Recordings with telemetry; estimate minus true value, in percent of the true value. */
  telemetry: z
    .strictObject({ of: z.int().min(1), medianPercent: z.number(), worstPercent: z.number() })
    .optional(),
  ...sourced,
});

/** One tool, API, gateway or hub, in one file. */
export const toolSchema = z.strictObject({
  id,
  name: z.string().min(1),
  vendor: z.string().min(1),
  kind: z.enum(TOOL_KINDS),
  homepage: z.string(),
  notes: z.string().optional(),
  /** Runtimes that the tool is built on; absent: unknown. */
  runtimes: runtimes.optional(),
  /** The tool accepts the user's own key for any provider. */
  ownKey: z.boolean().optional(),
  /** The tool accepts the address of the user's own gateway for its model calls. Tools with ownKey do so too. */
  ownGateway: z.strictObject({ how: z.string().min(3), ...sourced }).optional(),
  /** Names of several clients of one vendor: they become a provider row if the tool is unknown. */
  provider: z.boolean().optional(),
  userAgents: z.array(z.strictObject({ token: z.string().min(3), ...sourced })).optional(),
  /** Packages of its programs, and the newest known version. */
  packages: z
    .array(
      z.strictObject({
        npm: z.string().regex(/^(@[\w.-]+\/)?[\w.-]+$/),
        newest: z.string().min(1),
        /** Recorded versions in addition to those of the calibration. */
        recorded: z.array(z.string().min(1)).min(1).optional(),
        ...sourced,
      }),
    )
    .min(1)
    .optional(),
  /** Other packages and repositories in advisories about the tool. */
  published: z
    .array(
      z.strictObject({
        /** Ecosystem under its name in OSV; "GIT" for a repository, "none" if advisories contain no ecosystem. */
        ecosystem: z.string().regex(/^[A-Za-z][\w.-]*$/),
        name: z.string().min(2).max(200),
        /** Its versions differ from those of the tool. */
        hasOtherVersions: z.literal(true).optional(),
        /** Prefix of the version in tags of the repository. */
        tagPrefix: z.string().min(1).max(30).optional(),
        ...sourced,
      }),
    )
    .min(1)
    .optional(),
  /** First day of the tool or of a part of it. */
  since: z
    .array(z.strictObject({ what: z.string().min(3), day: date, ...sourced }))
    .min(1)
    .optional(),
  /** Discontinued parts, and their successors. */
  ended: z
    .array(
      z.strictObject({
        what: z.string().min(3),
        since: date,
        /** Ids of the catalogue, or names without an entry. */
        successors: z.array(z.string().min(2)).min(1).optional(),
        ...sourced,
      }),
    )
    .min(1)
    .optional(),
  /** Earlier names, newest first, with the day of the change if known. The id does not change. */
  formerly: z
    .array(z.strictObject({ name: z.string().min(2), until: date.optional(), ...sourced }))
    .min(1)
    .optional(),
  endpoints: z.array(endpointSchema),
  networks: z.array(networkSchema).optional(),
  evidence: z.array(ruleSchema).optional(),
  /** Sizes of the recorded small calls at the start of the tool, which distinguish it from a monitor. */
  startUp: z.array(z.strictObject({ names, sizes: z.array(z.int().min(1)).min(1), ...sourced })).optional(),
  exchange: exchangeSchema.optional(),
  calibration: calibrationSchema.optional(),
  /**
   * Names of the catalogue that the recordings of the tool contacted, with their number. stopped: recordings in which
   * the name was unreachable and the tool did not work. A test generates them from captures/manifest.json.
   */
  recordedNames: z
    .array(z.strictObject({ name, recordings: z.int().min(1), stopped: z.int().min(1).optional() }))
    .min(1)
    .optional(),
  /**
   * Facts about telemetry from recordings: the tool sends it, or sends none by default, and what it sends if switched
   * off.
   */
  optOut: z
    .strictObject({
      /** Names of telemetry that the tool contacts even if switched off, and the largest upload in one connection. */
      contacts: z
        .array(z.strictObject({ name, up: z.int().min(1) }))
        .min(1)
        .optional(),
      ...sourced,
    })
    .optional(),
  /** Marks that each build shows at its start, if recorded. */
  builds: buildsSchema.optional(),
});

const formSchema = z.strictObject({
  ja4: z.string().regex(/^[tqd]\w{9}_[0-9a-f]{12}_[0-9a-f]{12}$/, 'a JA4 fingerprint'),
  ja3: z.array(z.string().regex(/^[0-9a-f]{32}$/)).optional(),
  /** The ALPN list as sent, if forms of one JA4 differ in it; absent: any. */
  alpn: z.array(z.string()).optional(),
  resumed: z.boolean().optional(),
});

const runtimeSchema = z.strictObject({
  id,
  name: z.string(),
  isBrowser: z.boolean(),
  /** People and scripts run it; no AI tool is known to be built on it. */
  isHandTool: z.boolean().optional(),
  /** JA3 changes from hello to hello. */
  shufflesExtensions: z.boolean().optional(),
  ciphers: z.array(
    z.strictObject({
      hash: z.string().regex(/^[0-9a-f]{12}$/),
      /** This list of ciphers identifies the runtime on this transport (default TCP) only. */
      transport: z.enum(['tcp', 'quic', 'dtls']).optional(),
      withAlpn: z.string().optional(),
      withoutAlpn: z.string().optional(),
      /** Minimum extensions of the hello, counted as in JA4. */
      minExtensions: z.int().optional(),
      maxExtensions: z.int().optional(),
      note: z.string().optional(),
    }),
  ),
  builds: z.array(
    z.strictObject({
      id,
      label: z.string(),
      /** Versions that send these forms, oldest first. A program shows forms of one version only. */
      versions: z.array(z.string()),
      forms: z.array(formSchema).min(1),
      helloBytes: z.tuple([z.int(), z.int()]).optional(),
      ...sourced,
    }),
  ),
  ...sourced,
});

export const runtimesSchema = z.strictObject({ runtimes: z.array(runtimeSchema) });
export const collectorsSchema = z.strictObject({ names, ...sourced });
/** Regions of clouds whose endpoints contain the region. */
export const regionsSchema = z.strictObject({
  source: z.string().min(3),
  date,
  aws: z.array(z.string()),
  google: z.array(z.string()),
});
export const indexSchema = z.strictObject({ version: z.string(), date });

export type ToolEntry = z.infer<typeof toolSchema>;
export type Endpoint = z.infer<typeof endpointSchema>;
export type EvidenceRule = z.infer<typeof ruleSchema>;
export type ExchangeFacts = z.infer<typeof exchangeSchema>;
export type RuntimeEntry = z.infer<typeof runtimeSchema>;
export type Regions = z.infer<typeof regionsSchema>;
export type Collectors = z.infer<typeof collectorsSchema>;

export interface CatalogueData {
  readonly version: string;
  readonly tools: readonly ToolEntry[];
  readonly runtimes: readonly RuntimeEntry[];
  readonly collectors: Collectors;
  readonly regions: Regions;
}

/** Evidence of a hello form for the program that sent it. */
export interface RuntimeSeen {
  /** Id of the runtime; "unknown" if it is not known. */
  readonly id: string;
  readonly isBrowser: boolean;
  /**
   * A browser identified by properties that other runtimes have as well, or would have with one changed parameter: its
   * ciphers, or QUIC.
   */
  readonly isDoubtful: boolean;
  /** People and scripts run it; no AI tool is known to be built on it. */
  readonly isHandTool: boolean;
  /** "Bun 1.4.4-1.4.6 fetch", or the runtime's name if only the ciphers are known; null if unknown. */
  readonly label: string | null;
  /** Forms that one program shows at the same time (resumed, padded) have one class. */
  readonly fingerprintClass: string;
  /** Versions of the runtime that send it; empty if unknown. */
  readonly versions: readonly string[];
}

export type BuildFacts = z.infer<typeof buildsSchema>;
export type BuildLine = BuildFacts['lines'][number];
export type BuildMark = BuildLine['marks'][number];
