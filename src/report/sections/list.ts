// The sections of a report that are declared, in the order of every format.

import { ATTEMPTS } from './attempts.ts';
import { ECH } from './ech.ts';
import { MCP } from './mcp.ts';
import type { Section } from './section.ts';
import { SERVICES } from './services.ts';
import { WITHOUT_NAMES } from './without-names.ts';

export const SECTIONS: readonly Section[] = [ATTEMPTS, SERVICES, MCP, ECH, WITHOUT_NAMES];
