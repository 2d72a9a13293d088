// Offsets, flags and numbers of the records that native code writes: generated from native-bindings/src/base/event.h by
// tools/record-layout.mjs, which `npm run build:ts` runs.

export const BATCH_MAGIC = 0x42455457;
export const LAYOUT_VERSION = 11;
/** See native-bindings/border-digest.mjs. */
export const BORDER = 3957619189;

/** RecordType */
export const RECORD_TYPE = {
  flow: 1,
  hello: 2,
  dns: 3,
  hostObservation: 4,
  exchange: 5,
  capture: 6,
  counters: 7,
  hostTotals: 8,
  service: 9,
  outcome: 10,
  account: 11,
  heard: 12,
  quicPeers: 13,
  dnsNeed: 14,
} as const;

/** ServiceSign */
export const SERVICE_SIGN = {
  llamaServer: 0,
  llamaAnswer: 1,
  koboldServer: 2,
  koboldAnswer: 3,
  liteLlmField: 4,
  tgiFields: 5,
  tgiAnswer: 6,
  vllmOwner: 7,
  vllmAnswer: 8,
  sglangOwner: 9,
  sglangAnswer: 10,
  lmStudioOwner: 11,
  lmStudioAnswer: 12,
  textGenWebuiAnswer: 13,
  openWebuiConfig: 14,
  openWebuiAnswer: 15,
  ollamaBanner: 16,
  ollamaList: 17,
  ollamaAnswer: 18,
  ollamaFingerprint: 19,
  openAiAnswer: 20,
  openAiModels: 21,
  anthropicAnswer: 22,
  anthropicField: 23,
  routerMessage: 24,
  mcpInitialize: 25,
  mcpField: 26,
  mcpEndpoint: 27,
  mcpPlaywright: 28,
  openCodeAnswer: 29,
  openCodeField: 30,
  codexAnswer: 31,
  qwenAnswer: 32,
  agentCard: 33,
  agentTask: 34,
  geminiAgent: 35,
  chatRequest: 36,
  serverName: 37,
  noCredentials: 38,
} as const;

/** BatchHeader */
export const BATCH = {
  magic: 0,
  layoutVersion: 4,
  recordCount: 8,
  length: 12,
  clockNs: 16,
  settledNs: 24,
  size: 32,
} as const;

/** RecordHeader */
export const RECORD = {
  type: 0,
  flags: 2,
  length: 4,
  size: 8,
} as const;

/** FlowRecord */
export const FLOW = {
  flowId: 8,
  flowFirstNs: 16,
  firstNs: 24,
  lastNs: 32,
  helloNs: 40,
  bytesUp: 48,
  bytesDown: 56,
  payloadUp: 64,
  payloadDown: 72,
  packetsUp: 80,
  packetsDown: 84,
  lostUp: 88,
  lostDown: 92,
  clientAddress: 96,
  serverAddress: 112,
  clientMac: 128,
  serverMac: 134,
  clientPort: 140,
  serverPort: 142,
  fileIndex: 144,
  helloBytes: 148,
  helloSegments: 152,
  legacyVersion: 154,
  ipVersion: 156,
  protocol: 157,
  endReason: 158,
  clientKnownBy: 159,
  proxyKind: 160,
  ech: 161,
  appHint: 162,
  echConfigId: 163,
  ja3Md5: 164,
  ja4: 180,
  sniLength: 220,
  alpnLength: 222,
  proxyLength: 224,
  tunnelLength: 226,
  vlanLength: 228,
  userAgentLength: 230,
  helloHash: 232,
  otherSniLength: 240,
  countedKinds: 242,
  multipathToken: 244,
  look: 248,
  clientTtl: 249,
  marks: 250,
  size: 256,
} as const;

/** HelloRecord */
export const HELLO = {
  flowId: 8,
  tsNs: 16,
  sourceAddress: 24,
  destinationAddress: 40,
  sourcePort: 56,
  destinationPort: 58,
  fileIndex: 60,
  helloBytes: 64,
  segments: 68,
  legacyVersion: 70,
  ipVersion: 72,
  transport: 73,
  ech: 74,
  vlanCount: 75,
  ja3Md5: 76,
  ja4: 92,
  sniLength: 132,
  alpnLength: 134,
  versionsLength: 136,
  ja3Length: 138,
  tunnelLength: 140,
  vlanLength: 142,
  family: 144,
  size: 184,
} as const;

/** DnsRecord */
export const DNS = {
  tsNs: 8,
  clientAddress: 16,
  serverAddress: 32,
  queryType: 48,
  ipVersion: 50,
  rcode: 51,
  ttlSeconds: 52,
  fileIndex: 56,
  nameLength: 60,
  cnamesLength: 62,
  aLength: 64,
  aaaaLength: 66,
  clientMacTail: 68,
  clientPort: 72,
  messageId: 74,
  echTtlSeconds: 76,
  size: 80,
} as const;

/** HostObservationRecord */
export const HOST_OBSERVATION = {
  tsNs: 8,
  address: 16,
  mac: 32,
  ipVersion: 38,
  source: 39,
  leaseSeconds: 40,
  vlan: 44,
  nameLength: 46,
  size: 48,
} as const;

/** ExchangeRecord */
export const EXCHANGE = {
  flowId: 8,
  startNs: 16,
  bytesUp: 24,
  bytesDown: 32,
  recordsUp: 40,
  recordsDown: 44,
  largestUp: 48,
  largestDown: 52,
  firstDown: 56,
  waitMs: 60,
  answerMs: 64,
  largestGapMs: 68,
  uploadMs: 72,
  messagesUp: 76,
  size: 80,
} as const;

/** CaptureRecord */
export const CAPTURE = {
  fileIndex: 8,
  errorCode: 12,
  packets: 16,
  wireBytes: 24,
  firstNs: 32,
  lastNs: 40,
  errorOffset: 48,
  linkTypeCount: 56,
  linksLength: 60,
  errorLength: 62,
  backNs: 64,
  drops: 72,
  dropsSinceNs: 80,
  filtered: 88,
  size: 96,
} as const;

/** CountersRecord */
export const COUNTERS = {
  packets: 8,
  wireBytes: 16,
  flows: 24,
  hellosComplete: 32,
  hellosIncomplete: 40,
  snaplenCut: 48,
  evictedFlows: 56,
  kernelDrops: 64,
  undecoded: 72,
  fragments: 80,
  malformedCount: 88,
  unwatched: 92,
  excluded: 96,
  filtered: 104,
  size: 112,
} as const;

/** HostTotalsRecord */
export const HOST_TOTALS = {
  firstNs: 8,
  lastNs: 16,
  packets: 24,
  bytesUp: 32,
  bytesDown: 40,
  flows: 48,
  hellosComplete: 56,
  evictedFlows: 64,
  address: 72,
  mac: 88,
  ipVersion: 94,
  vlanCount: 95,
  vlans: 96,
  lost: 104,
  kindFlows: 112,
  appHint: 144,
  trafficClass: 145,
  clientTtl: 146,
  marks: 147,
  echHellos: 152,
  peer: 160,
  size: 176,
} as const;

/** ServiceRecord */
export const SERVICE = {
  firstNs: 8,
  lastNs: 16,
  signs: 24,
  bytesUp: 32,
  bytesDown: 40,
  clientAddress: 48,
  serverAddress: 64,
  requests: 80,
  uses: 84,
  serverPort: 88,
  ipVersion: 90,
  versionParts: 91,
  version: 92,
  mcpSessions: 100,
  mcpLists: 104,
  mcpReads: 108,
  mcpCalls: 112,
  size: 120,
} as const;

/** OutcomeRecord */
export const OUTCOME = {
  tsNs: 8,
  lastNs: 16,
  clientAddress: 24,
  serverAddress: 40,
  clientPort: 56,
  serverPort: 58,
  ipVersion: 60,
  kind: 61,
  ttl: 62,
  handshakeTtl: 63,
  detail: 64,
  delayUs: 68,
  handshakeUs: 72,
  value: 76,
  repeated: 80,
  segments: 84,
  fastestKbit: 88,
  nameLength: 92,
  by: 96,
  size: 112,
} as const;

/** FlowFlags */
export const FLOW_FLAGS = {
  firstSlice: 1,
  lastSlice: 2,
  synSeen: 4,
  midFlow: 8,
  serverHello: 16,
  established: 32,
  tls13: 64,
  resumed: 128,
  http2: 256,
  retried: 512,
  answered: 1024,
  cutShort: 2048,
  overQuic: 4096,
  overDtls: 8192,
  contradicted: 16384,
  joined: 32768,
} as const;

/** LookFlags */
export const LOOK_FLAGS = {
  parsed: 1,
  named: 2,
  inside: 4,
  otherHost: 8,
  noRecords: 16,
  calling: 32,
} as const;

/** HelloFlags */
export const HELLO_FLAGS = {
  retry: 1,
} as const;

/** DnsFlags */
export const DNS_FLAGS = {
  response: 1,
  ech: 2,
  multicast: 4,
  overTcp: 8,
  blocked: 16,
  part: 32,
  truncated: 64,
} as const;

/** ObservationFlags */
export const OBSERVATION_FLAGS = {
  byOwner: 1,
} as const;

/** CaptureFlags */
export const CAPTURE_FLAGS = {
  truncated: 1,
  damaged: 2,
} as const;

/** ServiceFlags */
export const SERVICE_FLAGS = {
  first: 1,
  uncounted: 2,
} as const;

/** OutcomeFlags */
export const OUTCOME_FLAGS = {
  proxied: 1,
  outOfWindow: 2,
  continued: 4,
  tls12: 8,
  byClient: 16,
  cutOff: 32,
} as const;
