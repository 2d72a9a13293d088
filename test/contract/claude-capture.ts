// A recording of Claude Code, ready to be sent over a link, and a policy that bans the tool.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { framesOf, scratch, writePcap } from './live-network.ts';

export const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';

const POLICY = `version: 1
name: live
timezone: UTC
rules:
  - { id: NO-CLAUDE, title: no Claude Code, match: { tools: [claude-code] }, action: deny, effective: 2020-01-01 }
`;

export interface ClaudeCapture {
  /** Writable by every user, because the program gives up its rights. */
  readonly folder: string;
  readonly policy: string;
  readonly capture: string;
  readonly packets: number;
}

export function claudeCapture(): ClaudeCapture {
  const folder = scratch();
  chmodSync(folder, 0o777);
  const policy = join(folder, 'policy.yaml');
  writeFileSync(policy, POLICY);
  const capture = join(folder, 'claude.pcap');
  const frames = framesOf(gunzipSync(readFileSync(CLAUDE)));
  writePcap(capture, frames);
  return { folder, policy, capture, packets: frames.length };
}
