// Options of an analysis that knows Claude Code's names and runtime only.
import type { AnalyzeOptions } from '../../src/model/sensor.ts';

export const CLAUDE_OPTIONS: AnalyzeOptions = {
  lookup: {
    isListed: (name) => name.endsWith('anthropic.com') || name.endsWith('claude.ai'),
    runtimeOf: (fingerprint) => (fingerprint.ja4.includes('_5b57614c22b0_') ? 'bun' : null),
    findNetworkOwner: () => null,
  },
  watchlist: {
    names: ['.anthropic.com', '.claude.ai', 'claude.ai'],
    ciphers: ['5b57614c22b0'],
    userAgents: [],
  },
};
