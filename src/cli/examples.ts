// Two examples a verb, as the help and the manual show them. A test runs them in this order, in a folder that holds
// office.pcap.gz and policy.yaml: what one writes, a later one reads.

export interface Example {
  /** As typed in a shell. */
  readonly line: string;
  readonly says: string;
}

const example = (line: string, says: string): Example => ({ line: `wiretally ${line}`, says });

/** By the words of the command. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  analyze: [
    example('analyze office.pcap.gz', 'who used which tool'),
    example(
      'analyze office.pcap.gz --policy policy.yaml --format html > report.html',
      'a page with verdicts',
    ),
    example('analyze office.pcap.gz --write office.usage --store history.duckdb', 'keep the windows as well'),
    example('analyze office.pcap.gz --sensor office --write windows/', 'a nightly job that is a sensor'),
  ],
  watch: [
    example('watch -i eth0 --store history.duckdb --user nobody', 'a sensor that keeps its windows'),
    example('watch -i eth0 --duration 600 --policy policy.yaml', 'ten minutes, and what they show'),
  ],
  handshakes: [
    example('handshakes office.pcap.gz | head -3', 'the first three ClientHellos'),
    example("handshakes office.pcap.gz -f 'tcp port 443' | grep -c ja4", 'how many came over TCP'),
  ],
  flows: [
    example('flows office.pcap.gz | head -3', 'the first three flows'),
    example('flows office.pcap.gz --exclude 10.30.0.0/16 > flows.ndjson', 'all but those of a network'),
  ],
  report: [
    example('report office.usage --by day', 'hosts, requests and bytes by day'),
    example('report history.duckdb --since 2026-07-10 --policy policy.yaml', 'since a day, with verdicts'),
  ],
  merge: [
    example('merge office.usage --write all.usage', 'many files into one'),
    example('merge office.usage all.usage --write again.usage', 'windows that are in both count once'),
  ],
  explain: [
    example('explain office.pcap.gz --host 10.20.1.13', 'every row of a host'),
    example('explain history.duckdb --host 10.20.1.13 --tool claude-code', 'one of them, from a store'),
  ],
  profile: [
    example('profile office.pcap.gz --tool qwen-code', 'names, roles, bytes, telemetry'),
    example(
      'profile office.pcap.gz --tool qwen-code --json > before.json',
      'to be compared later, with --baseline',
    ),
  ],
  audit: [
    example('audit office.pcap.gz --policy policy.yaml', 'findings'),
    example('audit office.usage --policy policy.yaml --bundle evidence/', 'with what stands behind them'),
  ],
  verify: [
    example('verify evidence/ --unsigned', 'sums, verdict and findings once more'),
    example('verify evidence/ --unsigned > verified.txt', 'kept; the exit code is the answer too'),
  ],
  'catalogue list': [
    example('catalogue list', 'every tool that is known'),
    example('catalogue list --kind cli --json', 'those of one kind, for programs'),
  ],
  'catalogue show': [
    example('catalogue show claude-code', 'names, roles, runtimes, sources'),
    example('catalogue show qwen-code --json', 'the entry itself'),
  ],
  'catalogue test': [
    example('catalogue test api.anthropic.com', 'which lines match a name'),
    example('catalogue test api2.cursor.sh', 'and what it speaks for'),
  ],
  'policy init': [
    example('policy init --ban claude-code --from 2026-07-10 --grace 3d > ban.yaml', 'a first policy'),
    example('policy init --ban claude-code --from 2026-07-10 --exempt 10.30.5.0/24', 'with an exemption'),
  ],
  'policy check': [
    example('policy check policy.yaml', 'what is wrong, by line'),
    example('policy check ban.yaml', 'what can never fire'),
  ],
  'policy test': [
    example('policy test ban.yaml', 'the tests inside of it'),
    example('policy test policy.yaml', 'each with its line'),
  ],
  'policy explain': [
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-14',
      'why a rule applies, or not',
    ),
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-01',
      'and before the date',
    ),
  ],
  'policy export': [
    example('policy export ban.yaml --format suricata', 'rules for an IDS'),
    example('policy export ban.yaml --format rpz --out rules/', 'zones for a resolver, as files'),
  ],
  'store info': [
    example('store info history.duckdb', 'sensors, span, damage'),
    example('store info office.usage --json', 'for programs'),
  ],
  'store prune': [
    example('store prune history.duckdb --before 2026-07-08', 'what is older goes, from the disk too'),
    example(
      'store prune all.usage history.duckdb --before 2026-07-08 --proof july.proof --sign-key key.pem',
      'several stores, with one signed proof',
    ),
  ],
  'store compact': [
    example('store compact history.duckdb', 'old windows into quarter hours'),
    example('store compact all.usage', 'files alike'),
  ],
  sql: [
    example("sql history.duckdb 'SELECT count(*) FROM windows'", 'a question'),
    example("sql history.duckdb 'SELECT DISTINCT sensor FROM windows' --format csv", 'for a spreadsheet'),
  ],
  ship: [
    example('ship windows --to delivered --once', 'what a sensor kept, into another folder'),
    example(
      'ship windows --to tls://sensors@broker.example:4222 --password-file password',
      'to a broker, until told to end',
    ),
  ],
  collect: [
    example(
      'collect tls://collector@broker.example:4222 --password-file password --store fleet.duckdb',
      'from a broker into a store',
    ),
    example('collect nats://127.0.0.1:4222 --store fleet.duckdb --once', 'what waits, then end'),
  ],
  judge: [
    example('judge history.duckdb', 'what is pending, of all hosts'),
    example('judge history.duckdb --shard 1/1 --json', 'for programs; a server takes --shard 2/3'),
  ],
  sensors: [
    example('sensors history.duckdb', 'who delivers to it, and how they are'),
    example('sensors history.duckdb --json', 'for programs'),
  ],
  handout: [
    example(
      'handout --policy policy.yaml --sign-key key.pem --to rules.handout',
      'a policy for all sensors, as a file',
    ),
    example(
      "handout --keep-days 30 --for 'paris-*' --sign-key key.pem --to paris.handout",
      'how long the spools of one site keep what was delivered',
    ),
  ],
  serve: [
    example('serve history.duckdb --listen 127.0.0.1:7577', 'pages for a browser on this machine'),
    example('serve history.duckdb --listen 127.0.0.1:7577 --policy policy.yaml', 'with verdicts'),
  ],
  'config check': [
    example('config check', 'the file that counts here'),
    example('config check wiretally.yaml', 'another one'),
  ],
  'config show': [
    example('config show', 'what is set, and where'),
    example('config show analyze --config wiretally.yaml', 'every option of one command'),
  ],
  doctor: [
    example('doctor', 'what works here, and how to mend the rest'),
    example('doctor --json', 'for programs'),
  ],
  completion: [
    example('completion bash > wiretally.bash', 'to be read by ~/.bashrc'),
    example('completion fish > wiretally.fish', 'into ~/.config/fish/completions'),
  ],
};

/** As the end of a help text. */
export function exampleText(command: string): string {
  const examples = EXAMPLES[command] ?? [];
  if (examples.length === 0) return '';
  return `\nExamples:\n${examples.map(({ line, says }) => `  ${line}\n      ${says}\n`).join('')}`;
}
