// The plan of the demo office, a data table: hosts from 8 to 14 July 2026, and what they run when.
// Times are those of the office (Asia/Shanghai, UTC+8). The ban of the demo policy starts on the 10th at
// 00:00, its grace ends on the 13th at 00:00; the 11th and 12th are a weekend.

export interface OfficeHost {
  readonly name: string;
  readonly address: string;
  readonly mac: string;
  readonly about: string;
  /** "day hour:minute recording", in order of time. */
  readonly uses: readonly string[];
  /** Days on which the host is present, if not Monday to Friday. */
  readonly days?: readonly number[];
  /** Other activity: a desktop browses and builds, a server fetches packages. */
  readonly kind: 'desktop' | 'server';
}

export const WORKDAYS: readonly number[] = [8, 9, 10, 13, 14];
const ALL_DAYS: readonly number[] = [8, 9, 10, 11, 12, 13, 14];

const CLAUDE = 'claude-code-2.1.328-prompt';

export const OFFICE: readonly OfficeHost[] = [
  {
    name: 'dev-01',
    address: '10.20.1.11',
    mac: '02:57:4c:14:01:11',
    kind: 'desktop',
    about: 'uses Claude Code until the 9th, then Qwen Code',
    uses: [
      '8 09:41 claude-code-2.1.328-rt-session',
      '8 14:20 claude-code-2.1.328-oauth',
      '9 10:05 claude-code-2.1.328-rt-notelemetry-short',
      '9 17:48 claude-code-2.1.328-prompt',
      '10 09:50 qwen-code-0.24.4-rt-small',
      '13 10:12 qwen-code-0.24.4-prompt',
      '14 15:31 qwen-code-0.24.4-rt-small',
    ],
  },
  {
    name: 'dev-02',
    address: '10.20.1.12',
    mac: '02:57:4c:14:01:12',
    kind: 'desktop',
    days: [8, 9, 10, 13],
    about: 'uses Claude Code until the 9th; away on the 14th',
    uses: [
      '8 10:15 claude-code-2.1.252-prompt',
      '8 16:02 claude-code-2.1.252-prompt',
      '9 11:30 claude-code-2.1.252-prompt',
    ],
  },
  {
    name: 'dev-03',
    address: '10.20.1.13',
    mac: '02:57:4c:14:01:13',
    kind: 'desktop',
    about: 'continues to use Claude Code',
    uses: [
      `8 11:04 ${CLAUDE}`,
      '9 09:22 claude-code-2.1.328-tty-longidle',
      '10 14:36 claude-code-2.1.328-rt-session',
      `13 09:33 ${CLAUDE}`,
      '13 15:10 claude-code-2.1.328-rt-notelemetry-short',
      '14 10:48 claude-code-2.1.328-tty-longidle',
    ],
  },
  {
    name: 'dev-04',
    address: '10.20.1.14',
    mac: '02:57:4c:14:01:14',
    kind: 'desktop',
    about: 'continues to use an old Claude Code that runs in Node',
    uses: [
      '8 15:40 claude-code-2.1.5-multiturn',
      '9 15:12 claude-code-2.1.5-node22',
      '13 11:25 claude-code-2.1.5-node22',
      '14 16:20 claude-code-2.1.5-node20',
    ],
  },
  {
    name: 'dev-05',
    address: '10.20.1.15',
    mac: '02:57:4c:14:01:15',
    kind: 'desktop',
    days: [8, 9, 10, 12, 13, 14],
    about:
      'uses Claude Code until Sunday the 12th, within the grace period, then opencode; works past midnight into the 10th',
    uses: [
      '8 13:30 claude-code-2.1.197-multiturn',
      '10 00:21 claude-code-2.1.328-oauth',
      '10 17:05 claude-code-2.1.197-prompt',
      '12 16:44 claude-code-2.1.197-multiturn',
      '13 10:02 opencode-1.18.33-zen',
      '14 11:15 opencode-1.18.33-tty-session',
    ],
  },
  {
    name: 'dev-06',
    address: '10.20.1.16',
    mac: '02:57:4c:14:01:16',
    kind: 'desktop',
    about:
      'uses Claude Code directly until the 9th and through a relay, with non-essential traffic off, from the 10th',
    uses: [
      `8 10:30 ${CLAUDE}`,
      `9 14:14 ${CLAUDE}`,
      '10 10:09 claude-code-2.1.328-relay-nononessential',
      '10 15:55 claude-code-2.1.328-relay-nononessential',
      '13 09:58 claude-code-2.1.328-relay-nononessential',
      '13 16:31 claude-code-2.1.328-relay-nononessential',
      '14 11:40 claude-code-2.1.328-relay-nononessential',
    ],
  },
  {
    name: 'dev-07',
    address: '10.20.1.17',
    mac: '02:57:4c:14:01:17',
    kind: 'desktop',
    about: 'continues to use Claude Code behind the CONNECT proxy',
    uses: [
      '8 09:55 claude-code-2.1.328-connect-proxy',
      '9 16:18 claude-code-2.1.328-connect-proxy',
      '13 14:07 claude-code-2.1.328-connect-proxy',
      '14 09:36 claude-code-2.1.328-connect-proxy',
    ],
  },
  {
    name: 'dev-08',
    address: '10.20.2.21',
    mac: '02:57:4c:14:02:21',
    kind: 'desktop',
    about: 'uses Qwen Code',
    uses: [
      '8 10:44 qwen-code-0.24.4-prompt',
      '9 13:50 qwen-code-0.24.4-rt-small',
      '10 11:11 qwen-code-0.8.2-prompt',
      '13 17:20 qwen-code-0.24.4-prompt',
      '14 10:10 qwen-code-0.24.4-prompt',
    ],
  },
  {
    name: 'dev-09',
    address: '10.20.2.22',
    mac: '02:57:4c:14:02:22',
    kind: 'desktop',
    about: 'uses Codex',
    uses: [
      '8 11:20 codex-0.169.0-prompt',
      '9 10:40 codex-0.169.0-rt-short',
      '10 16:10 codex-0.27.0-prompt',
      '13 13:45 codex-0.169.0-multiturn',
      '14 14:25 codex-0.169.0-rt-lossy',
    ],
  },
  {
    name: 'dev-10',
    address: '10.20.2.23',
    mac: '02:57:4c:14:02:23',
    kind: 'desktop',
    about: 'uses Copilot in the terminal and in an editor',
    uses: [
      '8 09:48 copilot-language-server-1.539.0-lsp',
      '9 15:33 copilot-cli-1.0.102-tty-session',
      '10 09:45 copilot-language-server-1.539.0-lsp',
      '13 15:02 copilot-cli-1.0.102-rt-short',
      '14 16:50 copilot-cli-1.0.102-prompt',
    ],
  },
  {
    name: 'dev-11',
    address: '10.20.2.24',
    mac: '02:57:4c:14:02:24',
    kind: 'desktop',
    about: 'uses Gemini CLI',
    uses: [
      '8 14:45 gemini-cli-0.61.0-oauth',
      '9 09:59 gemini-cli-0.61.0-ipv6',
      '10 13:37 gemini-cli-0.61.0-rt-short',
      '13 10:25 gemini-cli-0.61.0-tty-idle',
      '14 13:05 gemini-cli-0.20.0-prompt',
    ],
  },
  {
    name: 'dev-12',
    address: '10.20.2.25',
    mac: '02:57:4c:14:02:25',
    kind: 'desktop',
    about: 'uses opencode with an Anthropic key: the vendor, but not Claude Code',
    uses: [
      '8 15:15 opencode-1.18.33-anthropic',
      '9 11:05 opencode-1.18.33-rt-session',
      '10 15:20 opencode-1.18.33-anthropic',
      '13 11:50 opencode-1.1.11-anthropic',
      '14 09:52 opencode-1.18.33-openai',
    ],
  },
  {
    name: 'dev-13',
    address: '10.20.2.26',
    mac: '02:57:4c:14:02:26',
    kind: 'desktop',
    about: 'uses Cline',
    uses: [
      '8 16:25 cline-3.0.65-prompt',
      '10 10:35 cline-3.0.65-rt-small',
      '13 16:05 cline-3.0.65-clineprovider',
      '14 15:00 cline-3.0.65-multiturn',
    ],
  },
  {
    name: 'dev-14',
    address: '10.20.2.27',
    mac: '02:57:4c:14:02:27',
    kind: 'desktop',
    about: 'tries Kilo Code and Kimi Code',
    uses: [
      '8 13:55 kilocode-7.0.33-anthropic',
      '9 16:45 kilocode-7.7.7-gateway',
      '10 11:55 kimi-code-2.1.0-prompt',
      '14 10:30 kilocode-7.7.7-gateway',
    ],
  },
  {
    name: 'dev-15',
    address: '10.20.2.28',
    mac: '02:57:4c:14:02:28',
    kind: 'desktop',
    about: 'uses claude.ai and ChatGPT in a browser, no coding tool',
    uses: [
      '8 10:20 base-chromium-tcp-claude.ai',
      '9 14:30 base-chromium-quic-claude.ai',
      '10 10:55 base-chromium-quic-chatgpt.com',
      '13 14:40 base-chromium-tcp-claude.ai',
      '14 11:25 base-chromium-tcp-claude.ai',
    ],
  },
  {
    name: 'dev-16',
    address: '10.20.2.29',
    mac: '02:57:4c:14:02:29',
    kind: 'desktop',
    about: 'a busy developer: Claude Code and Codex side by side until the 9th, Codex alone after',
    uses: [
      '8 14:05 busy-developer-light',
      '9 10:18 mixed-workstation',
      '10 14:12 codex-0.169.0-prompt',
      '13 10:40 codex-0.169.0-connect-proxy',
      '14 13:48 codex-0.169.0-prompt',
    ],
  },
  {
    name: 'dev-17',
    address: '10.20.3.31',
    mac: '02:57:4c:14:03:31',
    kind: 'desktop',
    about: 'calls the API of Anthropic from own scripts (curl, Node), no coding tool',
    uses: [
      '9 11:45 base-curl-api.anthropic.com',
      '13 13:20 base-node24-fetch-api.anthropic.com',
      '14 14:55 base-curl-api.anthropic.com',
    ],
  },
  {
    name: 'dev-18',
    address: '10.20.3.32',
    mac: '02:57:4c:14:03:32',
    kind: 'desktop',
    about: 'uses Claude Code until the 9th; on the 13th only its updater runs',
    uses: [
      '8 09:35 claude-code-1.0.122-prompt',
      '9 13:15 claude-code-2.1.145-prompt',
      '13 09:31 claude-code-2.1.328-update',
    ],
  },
  {
    name: 'dev-19',
    address: '10.20.3.33',
    mac: '02:57:4c:14:03:33',
    kind: 'desktop',
    about:
      'starts Claude Code on the 14th, which does not trust the certificate it is shown and never gets an answer',
    uses: ['14 10:05 claude-code-2.1.328-untrusted-ca'],
  },
  {
    name: 'dev-20',
    address: '10.20.3.34',
    mac: '02:57:4c:14:03:34',
    kind: 'desktop',
    about: 'uses no AI tool',
    uses: [],
  },
  {
    name: 'dev-21',
    address: '10.20.3.35',
    mac: '02:57:4c:14:03:35',
    kind: 'desktop',
    about: 'tries Auggie, Droid, Amp, Grok CLI and Continue',
    uses: [
      '8 11:35 auggie-0.36.0-prompt',
      '9 15:50 droid-0.215.0-multiturn',
      '10 13:25 amp-0.0.1790142911-prompt',
      '13 12:05 grok-cli-0.0.34-prompt',
      '14 16:10 continue-1.5.47-prompt',
    ],
  },
  {
    name: 'dev-22',
    address: '10.20.3.36',
    mac: '02:57:4c:14:03:36',
    kind: 'desktop',
    about: 'uses Claude Code through Vertex AI from the 13th',
    uses: ['13 15:44 claude-code-2.1.328-vertex', '14 11:02 claude-code-2.1.328-vertex'],
  },
  {
    name: 'dev-23',
    address: '10.20.3.37',
    mac: '02:57:4c:14:03:37',
    kind: 'desktop',
    about: 'points Claude Code to the relay from the 10th, but its telemetry still goes to Anthropic',
    uses: [
      `9 09:44 ${CLAUDE}`,
      '10 16:28 claude-code-2.1.328-relay',
      '13 14:58 claude-code-2.1.328-rt-relay-lossy',
    ],
  },
  {
    name: 'ci-01',
    address: '10.30.5.21',
    mac: '02:57:4c:1e:05:21',
    kind: 'server',
    days: ALL_DAYS,
    about:
      'a build machine that runs Claude Code in a nightly job and is forgotten on the 10th; repaired on the 14th',
    uses: [
      '8 02:00 claude-code-2.1.328-nononessential',
      '9 02:00 claude-code-2.1.328-nononessential',
      '10 02:00 claude-code-2.1.328-nononessential',
      '11 02:00 claude-code-2.1.328-nononessential',
      '12 02:00 claude-code-2.1.328-nononessential',
      '13 02:00 claude-code-2.1.328-nononessential',
    ],
  },
  {
    name: 'ci-02',
    address: '10.30.5.22',
    mac: '02:57:4c:1e:05:22',
    kind: 'server',
    days: ALL_DAYS,
    about: 'a build machine without AI tools',
    uses: [],
  },
  {
    name: 'lab-01',
    address: '10.40.0.31',
    mac: '02:00:5e:10:00:01',
    kind: 'desktop',
    about: 'the security lab, which has an exception: uses Claude Code all the time, on the 14th over IPv6',
    uses: [
      `8 15:05 ${CLAUDE}`,
      `9 10:50 ${CLAUDE}`,
      `10 15:35 ${CLAUDE}`,
      `13 11:10 ${CLAUDE}`,
      '14 14:00 claude-code-2.1.328-ipv6',
    ],
  },
  {
    name: 'guest-7',
    address: '10.99.3.7',
    mac: '02:57:4c:63:03:07',
    kind: 'desktop',
    days: [9, 13],
    about: 'a visitor with Claude Code in the guest network, which is never recorded',
    uses: ['9 11:15 claude-code-2.1.197-prompt', '13 13:10 claude-code-2.1.197-prompt'],
  },
];

/** Recordings of programs that have nothing to do with AI. */
export const ORDINARY: Readonly<Record<OfficeHost['kind'], readonly string[]>> = {
  desktop: [
    'base-chromium-tcp-example.test',
    'base-curl-http1.1',
    'base-gnutls-cli',
    'base-go1.19',
    'base-node20-fetch',
    'base-node20-https',
    'base-node22-fetch',
    'base-node22-https',
    'base-node24-fetch',
    'base-npm-node20-view',
    'base-py-aiohttp',
    'base-py-httpx',
    'base-py-requests',
    'base-py-urllib',
    'base-wget-gnutls',
    'base-bun1.2-fetch',
    'base-bun1.3.13-https',
    'base-bun1.4.0-fetch',
    'base-bun1.4.1-https',
    'base-bun1.4.4-https',
  ],
  server: [
    'base-apt-https',
    'base-npm-node20-view',
    'base-bun1.4.4-install',
    'base-curl-http1.1',
    'base-go1.19',
    'base-py-requests',
    'base-wget-gnutls',
  ],
};
