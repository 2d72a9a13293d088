// Planted faults: one-line mutations that a developer could make, each with what a user would see of it.

/** Steps of the CI, in order of cost. */
export const STEPS = ['native', 'test', 'check', 'package', 'sanitizers', 'fuzz', 'long'] as const;
export type Step = (typeof STEPS)[number];

export interface Mutant {
  readonly id: string;
  readonly file: string;
  /** Text that the file has once. */
  readonly find: string;
  readonly replace: string;
  /** What a user would see. */
  readonly why: string;
  /** The step that is expected to find it. */
  readonly step: Step;
  /** Tests of the step that run first: files, or sources of C++ tests. */
  readonly tests: readonly string[];
}

type Short = Omit<Mutant, 'file' | 'step' | 'tests'>;

/** Faults of the core, found by C++ tests. */
const core = (file: string, tests: string, mutant: Short): Mutant => ({
  ...mutant,
  file: `native-bindings/src/${file}`,
  step: 'native',
  tests: tests.split(' ').map((name) => `test/native/${name}_test.cc`),
});

/** Faults of the rest, found by quick tests. */
const quick = (file: string, tests: string, mutant: Short): Mutant => ({
  ...mutant,
  file: `src/${file}`,
  step: 'test',
  tests: tests.split(' ').map((name) => `test/${name}.test.ts`),
});

/** C++: bounds, limits and parsers. */
const CORE: readonly Mutant[] = [
  core('base/cursor.h', 'client_hello tls dns quic_handshake', {
    id: 'cursor-past-end',
    find: 'if (!ok_ || count > left_) {',
    replace: 'if (!ok_ || count > left_ + 1) {',
    why: 'A parser reads a byte behind the packet: a crash, or a name with foreign bytes.',
  }),
  core('packet/ip.cc', 'decode', {
    id: 'ip4-padding-counts',
    find: '  walk->limit(total);',
    replace: '  walk->limit(walk->wire);',
    why: 'Padding of short Ethernet frames counts as payload.',
  }),
  core('packet/ip.cc', 'fragments', {
    id: 'ip6-first-fragment-is-whole',
    find: 'if ((fragment & 0xfff9) != 0) {',
    replace: 'if ((fragment & 0xfff8) != 0) {',
    why: 'The first fragment of an IPv6 packet is taken for all of it: a hello in fragments is not read.',
  }),
  core('packet/transport.cc', 'decode', {
    id: 'tcp-without-payload-is-malformed',
    find: 'if (header < kTcpHeaderBytes || header > walk->wire) {',
    replace: 'if (header < kTcpHeaderBytes || header >= walk->wire) {',
    why: 'Each acknowledgement without payload counts as malformed.',
  }),
  core('stream/tcp/segment_order.cc', 'forgery order', {
    id: 'fin-is-not-acknowledged',
    find: 'const uint32_t behind_fin = order.seen_end_[other] + 1;',
    replace: 'const uint32_t behind_fin = order.seen_end_[other];',
    why: 'A short connection whose FIN is acknowledged counts as forged.',
  }),
  core('protocol/tls_message.cc', 'quic_handshake', {
    id: 'pieces-that-touch-stay-apart',
    find: 'return r.end >= begin; });',
    replace: 'return r.end > begin; });',
    why: 'A QUIC hello in two datagrams has no name.',
  }),
  core('protocol/tls.cc', 'tls', {
    id: 'largest-tls-record',
    find: 'return header.length <= kMaxTlsRecordBytes;',
    replace: 'return header.length < kMaxTlsRecordBytes;',
    why: 'A TLS record of the largest size ends the reading of its connection.',
  }),
  core('protocol/quic.cc', 'quic_handshake', {
    id: 'quic2-types',
    find: '(bits + 3) & 3 : bits];',
    replace: '(bits + 1) & 3 : bits];',
    why: 'Connections of QUIC version 2 have no name.',
  }),
  core('protocol/quic_frames.cc', 'quic_handshake', {
    id: 'quic-ack-with-ecn',
    find: 'for (int i = 0; has_ecn && i < 3; ++i)',
    replace: 'for (int i = 0; has_ecn && i < 2; ++i)',
    why: 'A hello behind an ACK with ECN counts in one datagram is not read.',
  }),
  core('fingerprint/ja4.cc', 'fingerprint', {
    id: 'ja4-hashes-server-name',
    find: 'if (type == 0x0000 || type == 0x0010 || is_grease(type)',
    replace: 'if (type == 0x0010 || is_grease(type)',
    why: 'JA4 differs from that of every other program.',
  }),
  core('flow/table.cc', 'table partition', {
    id: 'flow-lost-behind-hole',
    find: 'if (((at - wanted) & mask_) >= ((at - hole) & mask_)) {',
    replace: 'if (((at - wanted) & mask_) > ((at - hole) & mask_)) {',
    why: 'Flows are lost when others end: one connection counts as two.',
  }),
  core('stream/exchange/exchange.cc', 'exchange', {
    id: 'alert-is-a-request',
    find: '&& size <= kAlertBytes) return;',
    replace: '&& size < kAlertBytes) return;',
    why: 'The alert that closes a connection counts as a request.',
  }),
  core('collector/outcomes.cc', 'collector', {
    id: 'logged-block-is-no-block',
    find: 'if (!message.is_blocked) return;',
    replace: 'if (message.is_blocked) return;',
    why: 'A name that a resolver blocks is not reported where it is known from a log.',
  }),
  core('flow/connection_watch.cc', 'outcomes', {
    id: 'alert-number-off-by-one',
    find: 'record->detail = server.alert - 1u;',
    replace: 'record->detail = server.alert;',
    why: 'The diagnosis names another TLS alert than the server sent.',
  }),
  core('flow/connection_watch.cc', 'outcomes', {
    id: 'status-of-proxy',
    find: 'if (w.is_connect && w.status / 100 != 2) {',
    replace: 'if (w.is_connect && w.status / 100 == 2) {',
    why: 'A proxy that refuses a connection is not reported.',
  }),
  core('io/ring/ring_block.cc', 'ring_block', {
    id: 'ring-frame-past-block',
    find: 'if (header.tp_snaplen > left - header.tp_mac) return false;',
    replace: 'if (header.tp_snaplen > left) return false;',
    why: 'A live capture reads behind its buffer.',
  }),
  core('io/pcapng_format.cc', 'capture_reader', {
    id: 'pcapng-trailer-is-data',
    find: 'if (fields.captured > length - 4 - fields.data_at) {',
    replace: 'if (fields.captured > length - fields.data_at) {',
    why: 'The end of a damaged block is read as a packet.',
  }),
  core('io/pcap_format.cc', 'capture_reader', {
    id: 'pcap-check-sequence-length',
    find: 'static_cast<uint8_t>((link >> 28) * 2);',
    replace: 'static_cast<uint8_t>(link >> 28);',
    why: 'Half of the frame check sequence counts as payload.',
  }),
  core('protocol/dns_name.cc', 'dns', {
    id: 'dns-pointer-of-one-byte',
    find: 'return offset + 2 <= message.size ? offset + 2 : 0;',
    replace: 'return offset + 2 <= message.size ? offset + 1 : 0;',
    why: 'Addresses behind a compressed name are not read: connections lose their names.',
  }),
];

/** The collector, and the laws of merging. */
const MERGING: readonly Mutant[] = [
  core('collector/row.cc', 'collector', {
    id: 'payload-down-is-up',
    find: 'payload_down += flow.payload_down;',
    replace: 'payload_down += flow.payload_up;',
    why: 'What a host received is reported as what it sent.',
  }),
  core('collector/row.cc', 'collector', {
    id: 'latest-hello-is-lost',
    find: '(*times)[kMaxHelloTimes - 1] = times->back();',
    replace: '(*times)[kMaxHelloTimes - 1] = times->front();',
    why: 'The last use of a busy host seems earlier than it was.',
  }),
  core('collector/duplicate_flows.cc', 'collector', {
    id: 'proxy-counts-twice',
    find: 'if (first.server == second.client) return true;',
    replace: 'if (first.client == second.server) return true;',
    why: 'One use through a proxy is reported of two hosts.',
  }),
  quick('window/clash.ts', 'property/merge', {
    id: 'lower-revision-wins',
    find: ': first.revision > second.revision',
    replace: ': first.revision < second.revision',
    why: 'A corrected window is replaced by the one before.',
  }),
  quick('window/merge-windows.ts', 'property/merge property/sums', {
    id: 'roll-up-moves-times-back',
    find: 'const shiftMs = (window.startSeconds - startSeconds) * 1000;',
    replace: 'const shiftMs = (startSeconds - window.startSeconds) * 1000;',
    why: 'Requests of a store that was compacted have wrong times.',
  }),
  quick('window/merge-windows.ts', 'unit/window/merge', {
    id: 'cut-window-keeps-idle-hosts',
    find: '|| others++ < spare)',
    replace: '|| others++ <= spare)',
    why: 'In a flood of addresses a host that uses a tool is lost.',
  }),
];

/** Windows: codec, sums, gaps, two addresses of one machine. */
const WINDOWS: readonly Mutant[] = [
  quick('window/codec.ts', 'property/codec', {
    id: 'search-skips-a-byte',
    find: 'findFrame(bytes, offset + 1, search) : frame.end;',
    replace: 'findFrame(bytes, offset + 2, search) : frame.end;',
    why: 'Behind damage of one byte a whole window is lost.',
  }),
  quick('window/sums.ts', 'unit/window/sum-rows', {
    id: 'hello-of-no-size',
    find: 'return b === 0 ? a : Math.min(a, b);',
    replace: 'return b === 1 ? a : Math.min(a, b);',
    why: 'A row without a hello takes the size of the smallest hello away.',
  }),
  quick('window/sums.ts', 'unit/window/sum-rows', {
    id: 'weaker-mac-wins',
    find: 'if (x !== y) return x > y ? a : b;',
    replace: 'if (x !== y) return x < y ? a : b;',
    why: 'A MAC that a frame showed replaces the one that DHCP gave.',
  }),
  quick('time/spans.ts', 'unit/time/spans', {
    id: 'gap-inside-longer-capture',
    find: 'else if (span.untilUs > last.untilUs)',
    replace: 'else',
    why: 'A gap is reported while another capture was recorded.',
  }),
  quick('window/dual-stack.ts', 'unit/window/dual-stack', {
    id: 'router-is-a-machine',
    find: 'if (ip4.size > 1 || ip6.size > MAX_IPV6) return null;',
    replace: 'if (ip4.size > 1 && ip6.size > MAX_IPV6) return null;',
    why: 'Hosts behind a router are reported as one.',
  }),
  quick('window/silence.ts', 'unit/window/silence', {
    id: 'late-sensor-is-silent',
    find: 'newest - lastSeconds > LAG_SECONDS',
    replace: 'newest - lastSeconds >= LAG_SECONDS',
    why: 'A sensor that is one window behind counts as silent.',
  }),
];

/** Evidence, estimates, builds. */
const EVIDENCE: readonly Mutant[] = [
  quick('attribution/evidence/rule-names.ts', 'unit/attribution/attribute property/attribute-laws', {
    id: 'guessed-name-proves',
    find: "if (channel.nameFrom === 'network' || channel.nameFrom === 'dns') return 'possible';",
    replace: "if (channel.nameFrom === 'network') return 'possible';",
    why: 'A tool is likely by a name that only a DNS answer gave to the address.',
  }),
  quick('catalogue/rules.ts', 'unit/attribution/attribute', {
    id: 'hand-tool-is-a-tool',
    find: "return runtime.isHandTool ? 'otherProgram' : 'yes';",
    replace: "return 'yes';",
    why: 'curl to the name of a tool counts as the tool.',
  }),
  quick('attribution/evidence/near-times.ts', 'unit/attribution/near-times', {
    id: 'nearest-time-before',
    find: 'const [before, behind] = [sorted[at - 1], sorted[at]];',
    replace: 'const [before, behind] = [sorted[at], sorted[at + 1]];',
    why: 'A pair of hellos is seen at a wrong distance.',
  }),
  quick('attribution/estimates/shortfall.ts', 'unit/attribution/estimates/shortfall', {
    id: 'few-lost-bytes-withhold',
    find: 'if (loss > MAX_LOSS && lost >= MIN_LOST_BYTES)',
    replace: 'if (loss > MAX_LOSS || lost >= MIN_LOST_BYTES)',
    why: 'Estimates are withheld where almost nothing is missing.',
  }),
  quick('attribution/estimates/use-estimates.ts', 'unit/attribution/attribute', {
    id: 'minute-counts-twice',
    find: '(minutes.at(-1) ?? Number.NEGATIVE_INFINITY) + 1,',
    replace: 'minutes.at(-1) ?? Number.NEGATIVE_INFINITY,',
    why: 'Active minutes are too many where two requests share a minute.',
  }),
  quick('attribution/estimates/use-estimates.ts', 'unit/attribution/attribute unit/attribution/own-gateway', {
    id: 'doubtful-request-is-sure',
    find: 'if (isSure) min += exchange.requests.min;',
    replace: 'if (isSure || exchange.requests.min > 0) min += exchange.requests.min;',
    why: 'The least number of requests is above the truth where two tools may have made one.',
  }),
  quick('attribution/estimates/exchanges.ts', 'unit/attribution/attribute', {
    id: 'retry-before-refusal',
    find: 'const laterUs = begun.firstUs > startUs ? begun.firstUs : begun.nextUs;',
    replace: 'const laterUs = begun.firstUs >= startUs ? begun.firstUs : begun.nextUs;',
    why: 'A telemetry post beside a request of its size counts as a request.',
  }),
  quick('attribution/estimates/merged.ts', 'unit/attribution/estimates/merged', {
    id: 'hole-holds-any-number',
    find: 'isUnanswered(timedExchange.exchange, smallest)) answers--;',
    replace: 'isUnanswered(timedExchange.exchange, smallest)) uploads--;',
    why: 'One lost answer widens the range of requests more than once.',
  }),
  quick('attribution/builds/build-days.ts', 'unit/attribution/builds/build-days', {
    id: 'day-without-start-is-placed',
    find: 'isAllPlaced &&= spans !== null;',
    replace: 'isAllPlaced ||= spans !== null;',
    why: 'A day with a start of an unknown build is reported as known.',
  }),
  quick('attribution/builds/updates.ts', 'unit/attribution/builds/updates', {
    id: 'download-of-the-same-day',
    find: 'isRelease && date < day.date);',
    replace: 'isRelease && date <= day.date);',
    why: 'A download in the evening counts for the morning of that day.',
  }),
  quick('attribution/first-use.ts', 'unit/attribution/first-use', {
    id: 'possible-use-is-first-use',
    find: 'isProvider || grade > 0 ? firstUs : null;',
    replace: 'isProvider || grade >= 0 ? firstUs : null;',
    why: 'A host counts as a user since a day on which the tool was only possible.',
  }),
];

/** Policies: dates, phases, scope, exceptions, exports. */
const POLICY: readonly Mutant[] = [
  quick('policy/phases.ts', 'unit/policy/policy property/policy', {
    id: 'rule-begins-a-quarter-late',
    find: 'const isBefore = rule.effective !== null && at < rule.effective;',
    replace: 'const isBefore = rule.effective !== null && at <= rule.effective;',
    why: 'Use in the first quarter hour of a rule is no violation.',
  }),
  quick('policy/phases.ts', 'unit/policy/first-rule', {
    id: 'allowed-hosts-are-in-scope',
    find: 'return !isFullyTaken(rule, taking);',
    replace: 'return true;',
    why: 'Hosts that an earlier rule allows count in the scope of a ban.',
  }),
  quick('policy/phases.ts', 'unit/policy/policy property/policy', {
    id: 'grace-ends-a-quarter-late',
    find: 'rule.graceUntil !== null && at < rule.graceUntil;',
    replace: 'rule.graceUntil !== null && at <= rule.graceUntil;',
    why: 'Use in the first quarter hour after the grace period is no violation.',
  }),
  quick('policy/phases.ts', 'unit/policy/policy property/policy', {
    id: 'exception-ends-a-quarter-late',
    find: 'at < item.until &&',
    replace: 'at <= item.until &&',
    why: 'Use in the first quarter hour after an exception is exempt.',
  }),
  quick('policy/policy-time.ts', 'unit/policy/policy unit/time/datetime', {
    id: 'offset-west-is-east',
    find: "const sign = text.startsWith('-') ? -1 : 1;",
    replace: "const sign = text.startsWith('-') ? 1 : -1;",
    why: 'A rule with an offset takes effect hours too early or too late.',
  }),
  quick('policy/scope.ts', 'unit/policy/policy unit/policy/hosts-file', {
    id: 'host-name-in-capitals',
    find: 'matchesGlob(pattern, name.toLowerCase(), 0)',
    replace: 'matchesGlob(pattern, name, 0)',
    why: 'A host that writes its name in capitals is outside its group.',
  }),
  quick('policy/limits.ts', 'unit/policy/verdict', {
    id: 'long-gap-is-compliant',
    find: 'share >= MIN_OBSERVED_SHARE && longestUs <= LONGEST_GAP_US',
    replace: 'share >= MIN_OBSERVED_SHARE || longestUs <= LONGEST_GAP_US',
    why: 'A compliant verdict although hours were not observed.',
  }),
  quick('policy/finding-life.ts', 'unit/policy/finding-life', {
    id: 'closed-today-is-new',
    find: 'return findDay(last) > findDay(life.last.time)',
    replace: 'return findDay(last) >= findDay(life.last.time)',
    why: 'A finding that was closed today is new again at once.',
  }),
  quick('policy/evaluate.ts', 'unit/policy/policy property/policy', {
    id: 'excluded-once-is-evaluated',
    find: 'identities.some((identity) => isExcluded(policy, identity))',
    replace: 'identities.every((identity) => isExcluded(policy, identity))',
    why: 'A host that was never to be recorded is evaluated after it changed its address.',
  }),
  quick('policy/export/rpz.ts', 'unit/policy/export', {
    id: 'zone-without-subdomains',
    find: "(match === 'suffix' ? [name",
    replace: "(match === 'exact' ? [name",
    why: 'The exported zone does not block the names below one.',
  }),
  quick('policy/export/nftables.ts', 'unit/policy/export', {
    id: 'firewall-blocks-every-source',
    find: 'if (plan.sources.length > 0 && sources.length === 0) continue;',
    replace: 'if (plan.sources.length > 0 && blocked.length === 0) continue;',
    why: 'The exported firewall blocks all hosts over IPv6, where the rule means some of IPv4.',
  }),
  quick('policy/export/against.ts', 'unit/policy/against', {
    id: 'suffix-inside-a-label',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    find: 'name.endsWith(`.${blocked.name}`);',
    replace: 'name.endsWith(blocked.name);',
    why: 'The test of an export says that a foreign name is blocked.',
  }),
];

const DIAGNOSIS: readonly Mutant[] = [
  quick('diagnosis/facts.ts', 'unit/diagnosis/rules', {
    id: 'success-before-the-fault',
    find: 'served.filter(({ firstUs, lastUs }) => lastUs >= from && firstUs <= to);',
    replace: 'served.filter(({ firstUs, lastUs }) => lastUs >= from || firstUs <= to);',
    why: 'A block that began today is doubted because it worked yesterday.',
  }),
  quick('diagnosis/facts.ts', 'unit/diagnosis/rules', {
    id: 'near-box-is-the-server',
    find: 'return isOtherTtl || delayUs * 2 < rttUs;',
    replace: 'return isOtherTtl || delayUs * 2 > rttUs;',
    why: 'A reset by the firewall is laid to the provider.',
  }),
  quick('diagnosis/dns-rules.ts', 'unit/diagnosis/rules', {
    id: 'timeout-of-one-question',
    find: 'if (count < 2 && (',
    replace: 'if (count < 3 && (',
    why: 'Two questions without an answer are no fault of the resolver.',
  }),
  quick('diagnosis/blocked-attempts.ts', 'unit/diagnosis/blocked-attempts', {
    id: 'failures-among-successes',
    find: 'if (passed > 0 && first === null) return [];',
    replace: 'if (passed === 0 && first === null) return [];',
    why: 'Connections that a browser leaves are reported as failed.',
  }),
];

/** Stores: SQL of both engines. */
const STORES: readonly Mutant[] = [
  quick('store/sql/select-periods.ts', 'property/sums', {
    id: 'weak-periods-count-twice',
    find: "'(grade > 0 OR best = 0 OR is_provider)'",
    replace: "'(grade >= 0 OR best = 0 OR is_provider)'",
    why: 'Traffic counts in the row of the tool and in that of the provider.',
  }),
  quick('store/sql/zone-sql.ts', 'property/sums', {
    id: 'week-begins-on-sunday',
    find: '+ 3`, 7)',
    replace: '+ 4`, 7)',
    why: 'Weeks of a report from a store begin on Sunday.',
  }),
  quick('store/duckdb/windows.ts', 'contract/store', {
    id: 'window-at-the-end-counts',
    find: 'const within = `start_seconds >= $1 AND start_seconds < $2',
    replace: 'const within = `start_seconds >= $1 AND start_seconds <= $2',
    why: 'A report until midnight has the first window of the next day.',
  }),
  quick('store/duckdb/pending.ts', 'unit/store/duckdb', {
    id: 'sums-outlive-their-windows',
    find: 'WHERE last_seconds >= $1 AND first_seconds < $2',
    replace: 'WHERE last_seconds > $1 AND first_seconds < $2',
    why: 'Sums of deleted windows stay in the store.',
  }),
  quick('store/duckdb/roll-up.ts', 'unit/store/duckdb', {
    id: 'compact-sums-open-quarter',
    find: 'Math.floor(beforeSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;',
    replace: 'Math.ceil(beforeSeconds / QUARTER_SECONDS) * QUARTER_SECONDS;',
    why: 'Compacting takes minutes of a quarter hour that is not over.',
  }),
  quick('store/sql/selected-sums.ts', 'property/sums', {
    id: 'cut-by-packets-is-lost',
    find: 'max(is_cut_by_packets) AS cut_by_packets',
    replace: 'min(is_cut_by_packets) AS cut_by_packets',
    why: 'A report from a store hides that estimates rest on packets.',
  }),
  quick('store/clickhouse/retention.ts', 'contract/clickhouse', {
    id: 'prune-keeps-the-last-window',
    find: "'start_seconds + length_seconds <= {before: Int64}'",
    replace: "'start_seconds + length_seconds < {before: Int64}'",
    why: 'Pruning a server keeps the last window before the date.',
  }),
  quick('store/clickhouse/retention.ts', 'contract/clickhouse', {
    id: 'live-revision-is-deleted',
    find: 'WHERE facts.revision < w.live)',
    replace: 'WHERE facts.revision <= w.live)',
    why: 'Compacting a server deletes the facts of windows.',
  }),
];

/** Reports: escaping, numbers, what is withheld. */
const REPORTS: readonly Mutant[] = [
  quick('report/html/markup.ts', 'unit/report/escapes', {
    id: 'html-quote-unescaped',
    find: `replace(/[&<>"']/g`,
    replace: `replace(/[&<>']/g`,
    why: 'A host name with a quote leaves its attribute: a script runs in the report.',
  }),
  quick('text/markdown-text.ts', 'unit/report/escapes', {
    id: 'markdown-bar-unescaped',
    find: '_{}[\\]#|~]/g',
    replace: '_{}[\\]#~]/g',
    why: 'A name with a bar breaks the table of a ticket.',
  }),
  quick('report/format/csv-line.ts', 'unit/report/escapes', {
    id: 'csv-formula-runs',
    find: '/^[=+\\-@\\t\\r]/',
    replace: '/^[+\\-@\\t\\r]/',
    why: 'A spreadsheet runs a host name that begins with an equals sign.',
  }),
  quick('text/visible-text.ts', 'unit/report/escapes', {
    id: 'terminal-control-signs',
    find: '/[\\p{Cc}\\p{Cf}',
    replace: '/[\\p{Cf}',
    why: 'A host name moves the cursor of the terminal.',
  }),
  quick('report/format/junit.ts', 'unit/report/escapes', {
    id: 'junit-quote-unescaped',
    find: `.replaceAll('"', '&quot;')`,
    replace: `.replaceAll("'", '&quot;')`,
    why: 'A CI server cannot read the results.',
  }),
  quick('text/quantity.ts', 'unit/report/text', {
    id: 'range-rounded-inwards',
    find: 'max: Math.ceil(range.max / step) * step',
    replace: 'max: Math.floor(range.max / step) * step',
    why: 'The true number of requests lies outside the range that is shown.',
  }),
  quick('report/format/zeek.ts', 'golden/report', {
    id: 'zeek-received-is-sent',
    find: "['resp_bytes', 'count', ({ use }) => findBytes(use, 'payloadDown')],",
    replace: "['resp_bytes', 'count', ({ use }) => findBytes(use, 'payloadUp')],",
    why: 'The Zeek log says that a host received what it sent.',
  }),
  quick('report/document/suppress.ts', 'unit/report/suppress', {
    id: 'smallest-group-is-hidden',
    find: 'tool.hosts >= leastHosts ? tool',
    replace: 'tool.hosts > leastHosts ? tool',
    why: 'Totals of a group of the least allowed size are withheld.',
  }),
  quick('report/document/pseudonymize.ts', 'unit/report/suppress', {
    id: 'pseudonym-with-mac',
    find: '    mac: null,\n    name: null,',
    replace: '    mac: host.mac,\n    name: null,',
    why: 'A report with pseudonyms shows the MAC of the machine.',
  }),
  quick('report/document/report-totals.ts', 'unit/report/suppress', {
    id: 'possible-tool-in-totals',
    find: "const isCounted = use.confidence !== 'possible';",
    replace: "const isCounted = use.confidence !== 'certain';",
    why: 'Totals leave out the certain uses.',
  }),
];

/** Rights, access to pages, forms. */
const ACCESS: readonly Mutant[] = [
  quick('web/guard/credentials.ts', 'unit/web/clients', {
    id: 'token-of-another-user',
    find: 'return userName === null || userName === found ? found : null;',
    replace: 'return userName === null || found !== null ? (userName ?? found) : null;',
    why: 'A user signs in under the name of another one with the own token.',
  }),
  quick('web/guard/forms.ts', 'unit/web/identity unit/web/findings', {
    id: 'form-never-ends',
    find: '|| Number.parseInt(end, 36) < nowMs) return false;',
    replace: '|| Number.parseInt(end, 36) < nowMs / 1000) return false;',
    why: 'A form that leaked is good for ever.',
  }),
  quick('web/guard/forms.ts', 'unit/web/identity unit/web/findings', {
    id: 'form-of-a-neighbour-site',
    find: "? site === 'same-origin'",
    replace: "? site !== 'cross-site'",
    why: 'A page of a neighbour site changes findings in the name of a visitor.',
  }),
  quick('web/guard/visitors.ts', 'unit/web/guard', {
    id: 'client-names-its-address',
    find: "?.split(',').at(-1)?.trim()",
    replace: "?.split(',').at(0)?.trim()",
    why: 'Who guesses tokens behind a proxy escapes the limit with a header.',
  }),
  quick('web/guard/clients.ts', 'unit/web/clients', {
    id: 'any-name-is-own',
    find: "return word === 'localhost' || isIP(word) === 4 || publicNames.includes(word);",
    replace:
      "return word === 'localhost' || isIP(word) === 4 || publicNames.length === 0 || publicNames.includes(word);",
    why: 'A foreign page reads the report under its own name (DNS rebinding).',
  }),
  quick('web/app.ts', 'unit/web/guard unit/web/api', {
    id: 'api-without-token',
    find: '&& !OPEN_PATHS.has(c.req.path)) throw',
    replace: "&& !OPEN_PATHS.has(c.req.path) && !c.req.path.startsWith('/api/')) throw",
    why: 'Anybody reads the report through the API.',
  }),
  {
    id: 'reader-may-write',
    file: 'src/cli/rights/rights.ts',
    find: 'const written = outputs.filter((path) => !isOnServer(path));',
    replace: 'const written = [...outputs, ...words].filter((path) => !isOnServer(path));',
    why: 'A command that only reads may write next to its inputs.',
    step: 'test',
    tests: ['test/unit/cli/rights.test.ts'],
  },
  {
    id: 'configuration-of-everybody',
    file: 'src/cli/config/find-config.ts',
    find: 'if ((stats.mode & 0o002) !== 0)',
    replace: 'if ((stats.mode & 0o020) !== 0)',
    why: 'A configuration that every user may write to is obeyed.',
    step: 'test',
    tests: ['test/unit/cli/config.test.ts'],
  },
];

/** Readers of logs. */
const LOGS: readonly Mutant[] = [
  quick('reading/logs/formats/zeek.ts', 'unit/reading/logs/zeek', {
    id: 'zeek-beginning-not-seen',
    find: "return history !== '' && !/s/i.test(history.slice(0, 3));",
    replace: "return history !== '' && !/s/.test(history.slice(0, 3));",
    why: 'Every TCP connection in a log of Zeek counts as begun before the capture.',
  }),
  quick('reading/logs/formats/zeek.ts', 'unit/reading/logs/zeek', {
    id: 'zeek-copy-counts',
    find: 'if (names.ended.has(key)) {\n      names.copies++;',
    replace: 'if (this.interim.has(key)) {\n      names.copies++;',
    why: 'A log that is given twice counts twice.',
  }),
  quick('reading/logs/dns-row.ts', 'unit/reading/logs/squid', {
    id: 'squid-offset-west-is-east',
    find: "(sign === '-' ? -60 : 60)",
    replace: "(sign === '-' ? 60 : -60)",
    why: 'Times of an access log are hours off.',
  }),
  quick('reading/logs/formats/squid.ts', 'unit/reading/logs/squid', {
    id: 'squid-denied-is-use',
    find: 'const isDenied = isDeniedByAcl || isRefused;',
    replace: 'const isDenied = isRefused && !isDeniedByAcl;',
    why: 'A connection that the proxy denied counts as use.',
  }),
  quick('reading/logs/formats/dnsmasq.ts', 'unit/reading/logs/logs', {
    id: 'dnsmasq-late-answer',
    find: 'head.us - waitingQuery.us > ANSWER_US) return NO_ROW;',
    replace: 'head.us - waitingQuery.us < ANSWER_US) return NO_ROW;',
    why: 'Answers in a resolver log name no connection.',
  }),
  quick('reading/logs/values.ts', 'unit/reading/logs/logs', {
    id: 'milliseconds-are-seconds',
    find: '[1e11, 1e14, 1e17]',
    replace: '[1e13, 1e14, 1e17]',
    why: 'Rows with times in milliseconds are left out.',
  }),
  quick('reading/logs/log-filter.ts', 'unit/reading/logs/log-filter', {
    id: 'excluded-server-counts',
    find: 'if (this.leavesOut(server)) return null;',
    replace: 'if (this.leavesOut(host)) return null;',
    why: 'Totals hold connections to networks that are excluded.',
  }),
  quick('reading/logs/gaps.ts', 'unit/reading/logs/log-gaps', {
    id: 'missing-log-file',
    find: 'number > numbered.number + 1);',
    replace: 'number > numbered.number + 2);',
    why: 'One missing file of a rotated log is not reported.',
  }),
];

/** The command line: options and exit codes. */
const COMMANDS: readonly Mutant[] = [
  quick('cli/input/declare-option.ts', 'unit/cli/options', {
    id: 'number-above-its-limit',
    find: 'number < min || number > max)',
    replace: 'number < min)',
    why: 'An option takes a number above its limit.',
  }),
  quick('cli/output/exit-code.ts', 'unit/cli/output', {
    id: 'nothing-read-is-damaged',
    find: 'return reading.capturesRead === 0 ? EXIT.failed : EXIT.damaged;',
    replace: 'return reading.capturesRead <= 1 ? EXIT.failed : EXIT.damaged;',
    why: 'A capture that ends early has the exit code of one that cannot be read.',
  }),
  quick('cli/input/fail-on.ts', 'unit/cli/output', {
    id: 'violation-is-no-failure',
    find: "item.result === 'violation' || failOn.has(item.result)",
    replace: 'failOn.has(item.result)',
    why: 'A violation ends with exit code 0.',
  }),
  quick('cli/output/output-guard.ts', 'unit/cli/output', {
    id: 'output-over-linked-input',
    find: 'existing.dev === stats.dev && existing.ino === stats.ino',
    replace: 'resolve(input) === resolve(path)',
    why: 'A command writes over its input through a link.',
  }),
  {
    id: 'unsigned-bundle-is-trusted',
    file: 'src/cli/commands/verify.ts',
    find: "if (signature === 'none' && unsigned !== true) return EXIT.violation;",
    replace: "if (signature === 'none' && unsigned === false) return EXIT.violation;",
    why: 'A bundle without a signature passes verification.',
    step: 'test',
    tests: ['test/unit/cli/output.test.ts'],
  },
];

/** Live sensors: alerts, delivery, signed configuration. */
const LIVE: readonly Mutant[] = [
  quick('live/alerts/outbox.ts', 'unit/live/outbox', {
    id: 'refused-alert-blocks',
    find: 'others.concat(held).forEach((alert, i) => {',
    replace: 'held.concat(others).forEach((alert, i) => {',
    why: 'One alert that a receiver refuses holds up all others.',
  }),
  quick('fleet/delivery/spool-limit.ts', 'unit/fleet/delivery/shipper', {
    id: 'open-day-is-deleted',
    find: 'const older = files.slice(0, -1);',
    replace: 'const older = files.slice(0);',
    why: 'A full disk deletes the day that the sensor writes.',
  }),
  quick('fleet/configuration/signed-config-receiver.ts', 'unit/fleet/configuration/signed-config-receiver', {
    id: 'older-rules-return',
    find: 'if (least !== null && revision < least.revision) {',
    replace: 'if (least !== null && revision < 0) {',
    why: 'An old package on the broker brings old rules back.',
  }),
  quick('store/sealed.ts', 'unit/store/signed-config', {
    id: 'signature-of-another-kind',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    find: 'Buffer.from(`${word} ${format}\\n`)',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source
    replace: 'Buffer.from(`${word.slice(0, 9)} ${format}\\n`)',
    why: 'A signature under a deletion proof passes for one under a configuration.',
  }),
  quick('live/alerts/live-policy-check.ts', 'unit/live/live-policy-check', {
    id: 'finding-raised-again',
    find: 'if ((before?.rank ?? NOTHING) >= rank) return;',
    replace: 'if ((before?.rank ?? NOTHING) > rank) return;',
    why: 'The same finding is sent every minute.',
  }),
  quick('live/alerts/sinks.ts', 'unit/live/sinks', {
    id: 'torn-line-takes-the-next',
    find: 'isTorn = true; // a full disk',
    replace: 'isTorn = false; // a full disk',
    why: 'After a full disk the next alert in the file cannot be read.',
  }),
  quick('fleet/delivery/name-guard.ts', 'unit/fleet/delivery/name-guard', {
    id: 'name-of-another-sensor',
    find: 'if (existing.note.instance !== instance) return false;',
    replace: 'if (existing.note.sensor !== sensor) return false;',
    why: 'A second sensor delivers under the name of the first.',
  }),
];

/** The analysis in a browser. */
const BROWSER: readonly Mutant[] = [
  quick('browser/byte-reader.ts', 'unit/browser/byte-reader', {
    id: 'page-overwrites-bytes',
    find: 'piece.set(part, length);',
    replace: 'piece.set(part, 0);',
    why: 'A capture in a page is damaged where it comes in small pieces.',
  }),
  {
    id: 'page-shows-what-is-pseudonymous',
    file: 'src/browser/analyze-in-page.ts',
    find: "if (policy.privacy.hosts === 'pseudonym') throw withoutKey(file);",
    replace: "if (policy.privacy.hosts === 'pseudonym' && timezone === undefined) throw withoutKey(file);",
    why: 'A page shows host names although the policy asks for pseudonyms.',
    step: 'test',
    tests: ['test/unit/browser/steering.test.ts'],
  },
];

export const MUTANTS: readonly Mutant[] = [
  ...CORE,
  ...MERGING,
  ...WINDOWS,
  ...EVIDENCE,
  ...POLICY,
  ...DIAGNOSIS,
  ...STORES,
  ...REPORTS,
  ...ACCESS,
  ...LOGS,
  ...COMMANDS,
  ...LIVE,
  ...BROWSER,
];
