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
    example('analyze office.pcap.gz', 'Report which host used which tool'),
    example(
      'analyze office.pcap.gz --policy policy.yaml --format html > report.html',
      'Write a page with verdicts',
    ),
    example(
      'analyze office.pcap.gz --write office.usage --store history.duckdb',
      'Store the windows as well',
    ),
    example('analyze office.pcap.gz --sensor office --write windows/', 'Nightly job that acts as a sensor'),
    example('analyze office.usage --by day', 'Hosts, requests and bytes by day'),
    example(
      'analyze history.duckdb --since 2026-07-10 --policy policy.yaml',
      'From one day on, with verdicts',
    ),
    example('analyze office.usage --policy policy.yaml --bundle evidence/', 'Write an evidence bundle'),
  ],
  watch: [
    example('watch -i eth0 --store history.duckdb --user wiretally', 'Sensor that stores its windows'),
    example('watch -i eth0 --duration 600 --policy policy.yaml', 'Monitor for ten minutes, then report'),
    example(
      'watch --follow /opt/zeek/logs --write windows/',
      'Follow the logs of Zeek instead of an interface',
    ),
  ],
  'dump hellos': [
    example('dump hellos office.pcap.gz | head -3', 'First three ClientHellos'),
    example("dump hellos office.pcap.gz -f 'tcp port 443' | grep -c ja4", 'Count those over TCP'),
  ],
  'dump flows': [
    example('dump flows office.pcap.gz | head -3', 'First three flows'),
    example('dump flows office.pcap.gz --exclude 10.30.0.0/16 > flows.ndjson', 'All but those of a network'),
  ],
  'store merge': [
    example('store merge office.usage --write all.usage', 'Merge files into one'),
    example('store merge office.usage all.usage --write again.usage', 'Windows in both files count once'),
  ],
  diagnose: [
    example('diagnose office.pcap.gz', 'Every name that fails, and the sentence for the administrator'),
    example('diagnose history.duckdb --host 10.20.1.13 --tool claude-code', 'One host, from a store'),
  ],
  slice: [
    example(
      'slice office.pcap.gz --host 10.20.1.13 --tool claude-code --write dev-03.pcapng',
      'Headers and handshakes of one tool on one host',
    ),
    example(
      'slice office.pcap.gz --policy policy.yaml --finding AI-0710/2/10.20.1.13/claude-code/violation --write finding.pcapng',
      'Packets of one finding',
    ),
  ],
  explain: [
    example('explain office.pcap.gz --host 10.20.1.13', 'Every tool of a host'),
    example('explain history.duckdb --host 10.20.1.13 --tool claude-code', 'One tool, from a store'),
  ],
  profile: [
    example('profile office.pcap.gz --tool qwen-code', 'Names, roles, bytes, telemetry'),
    example(
      'profile office.pcap.gz --tool qwen-code --json > before.json',
      'Save a profile for a later --baseline',
    ),
  ],
  'finding acknowledge': [
    example(
      'finding acknowledge AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "case 7"',
      'Record that a finding was read',
    ),
    example(
      'finding acknowledge AI-0710/2/10.20.1.14/claude-code/violation AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "cases 8 and 9"',
      'Two of them at once',
    ),
  ],
  'finding assign': [
    example(
      'finding assign AI-0710/2/10.20.1.13/claude-code/violation --to ben --finding-log findings.ndjson --sign-key key.pem --why "owner of the host"',
      'To a person',
    ),
    example(
      'finding assign AI-0710/2/10.20.1.14/claude-code/violation --to "team build" --finding-log findings.ndjson --sign-key key.pem --why "their runner"',
      'To a team',
    ),
  ],
  'finding request-exception': [
    example(
      'finding request-exception AI-0710/2/10.20.1.14/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "ticket 1234"',
      'Record that an exception was requested',
    ),
    example(
      'finding request-exception AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "ticket 1235"',
      'For another finding',
    ),
  ],
  'finding close': [
    example(
      'finding close AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "program removed"',
      'Close a finding',
    ),
    example(
      'finding close AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "exception granted"',
      'Close another one',
    ),
  ],
  'finding reopen': [
    example(
      'finding reopen AI-0710/2/10.20.1.13/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "closed by mistake"',
      'Make a closed finding new again',
    ),
    example(
      'finding reopen AI-0710/2/10.20.1.17/claude-code/violation --finding-log findings.ndjson --sign-key key.pem --why "exception refused"',
      'After an exception was refused',
    ),
  ],
  'finding list': [
    example('finding list --finding-log findings.ndjson', 'State of each finding of the log'),
    example(
      'finding list --finding-log findings.ndjson --finding AI-0710/2/10.20.1.13/claude-code/violation',
      'Every change of one finding',
    ),
  ],
  'finding verify': [
    example(
      'finding verify --finding-log findings.ndjson --finding-key public.pem',
      'Verify chain and signatures',
    ),
    example(
      'finding verify --finding-log findings.ndjson --finding-key public.pem > verified.txt',
      'Save the SHA-256 for a later --head',
    ),
  ],
  verify: [
    example('verify evidence/ --unsigned', 'Verify checksums, verdict and findings'),
    example('verify evidence/ --unsigned > verified.txt', 'Save the result; the exit code repeats it'),
  ],
  'catalogue list': [
    example('catalogue list', 'List every tool'),
    example('catalogue list --kind cli --json', 'List one kind, for programs'),
  ],
  'catalogue show': [
    example('catalogue show claude-code', 'Names, roles, runtimes, sources'),
    example('catalogue show qwen-code --json', 'The entry itself'),
  ],
  'catalogue test': [
    example('catalogue test api.anthropic.com', 'Lines that match a name'),
    example('catalogue test api2.cursor.sh', 'Lines that match another name'),
  ],
  attest: [
    example(
      'attest office.usage --tool claude-code --since 2026-07-14 --until 2026-07-15',
      'Statement of non-use, or the reasons against it',
    ),
    example(
      'attest office.usage --tool openai-codex --since 2026-07-14 --until 2026-07-15 --bundle statement/',
      'The same as a bundle',
    ),
  ],
  'policy init': [
    example('policy init --ban claude-code --from 2026-07-10 --grace 3d > ban.yaml', 'First policy'),
    example('policy init --ban claude-code --from 2026-07-10 --exempt 10.30.5.0/24', 'With an exemption'),
  ],
  'policy check': [
    example('policy check policy.yaml', 'Print faults by line'),
    example('policy check ban.yaml', 'Print rules that can never match'),
  ],
  'policy test': [
    example('policy test ban.yaml', 'Run the tests of a policy'),
    example('policy test policy.yaml', 'Print each test with its line'),
    example('policy test ban.yaml --against office.pcap.gz', 'What each export would have matched'),
  ],
  'policy explain': [
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-14',
      'Why a rule applies',
    ),
    example(
      'policy explain ban.yaml --host 10.20.1.13 --tool claude-code --at 2026-07-01',
      'Why it does not apply before its date',
    ),
  ],
  'policy export': [
    example('policy export ban.yaml --format suricata', 'Rules for an IDS'),
    example('policy export ban.yaml --format rpz --out rules/', 'Zones for a resolver, as files'),
  ],
  'store info': [
    example('store info history.duckdb', 'Sensors, period, damage'),
    example('store info office.usage --json', 'The same for programs'),
  ],
  'store prune': [
    example('store prune history.duckdb --before 2026-07-08', 'Delete older windows, from the disk too'),
    example(
      'store prune all.usage history.duckdb --before 2026-07-08 --proof july.proof --sign-key key.pem',
      'Prune several stores with one signed proof',
    ),
  ],
  'store compact': [
    example('store compact history.duckdb', 'Merge old windows into quarter hours'),
    example('store compact all.usage', 'Compact a file'),
  ],
  'store sql': [
    example("store sql history.duckdb 'SELECT count(*) FROM windows'", 'Count windows'),
    example("store sql history.duckdb 'SELECT DISTINCT sensor FROM windows' --format csv", 'Print CSV'),
  ],
  'fleet ship': [
    example('fleet ship windows --to delivered --once', 'Deliver windows to another folder'),
    example(
      'fleet ship windows --to tls://sensors@broker.example:4222 --password-file password',
      'Deliver to a broker until interrupted',
    ),
  ],
  'fleet collect': [
    example(
      'fleet collect tls://collector@broker.example:4222 --password-file password --store fleet.duckdb',
      'Collect from a broker into a store',
    ),
    example(
      'fleet collect nats://127.0.0.1:4222 --store fleet.duckdb --once',
      'Collect pending windows, then exit',
    ),
  ],
  'fleet aggregate': [
    example('fleet aggregate history.duckdb', 'Aggregate pending windows of all hosts'),
    example('fleet aggregate history.duckdb --shard 1/1 --json', 'Print JSON; a server takes --shard 2/3'),
  ],
  'fleet sensors': [
    example('fleet sensors history.duckdb', 'List sensors and their state'),
    example('fleet sensors history.duckdb --json', 'The same for programs'),
  ],
  'fleet configure': [
    example(
      'fleet configure --policy policy.yaml --sign-key key.pem --to rules.signed',
      'Policy of all sensors, as a file',
    ),
    example(
      "fleet configure --keep-days 30 --for 'paris-*' --sign-key key.pem --to paris.signed",
      'Retention period of the spools of one site',
    ),
  ],
  'alerts test': [
    example('alerts test --receivers receivers.yaml', 'Send a test message to each receiver'),
    example('alerts test --receivers receivers.yaml --receiver soc', 'To one of them'),
  ],
  serve: [
    example('serve history.duckdb --listen 127.0.0.1:7577', 'Serve pages to local browsers'),
    example('serve history.duckdb --listen 127.0.0.1:7577 --policy policy.yaml', 'With verdicts'),
  ],
  'config check': [
    example('config check', 'Check the active configuration'),
    example('config check wiretally.yaml', 'Check another file'),
  ],
  'config show': [
    example('config show', 'Values that are set, with their source'),
    example('config show analyze --config wiretally.yaml', 'Every option of one command'),
  ],
  doctor: [
    example('doctor', 'Check this machine; print fixes'),
    example('doctor --json', 'The same for programs'),
  ],
  completion: [
    example('completion bash > wiretally.bash', 'For ~/.bashrc'),
    example('completion fish > wiretally.fish', 'For ~/.config/fish/completions'),
  ],
};

/** As the end of a help text. */
export function exampleText(command: string): string {
  const examples = EXAMPLES[command] ?? [];
  if (examples.length === 0) return '';
  return `\nExamples:\n${examples.map(({ line, says }) => `  ${line}\n      ${says}\n`).join('')}`;
}
