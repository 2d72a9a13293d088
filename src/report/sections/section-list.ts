// Lists the declared sections of a report, in the order of every format.

import { ADVISORIES } from './advisories.ts';
import { ATTEMPTS } from './attempts.ts';
import { BUILDS } from './builds.ts';
import { ECH } from './ech.ts';
import { GLOSSARY } from './glossary.ts';
import { GROUP_USE } from './group-use.ts';
import { INSPECTION } from './inspection.ts';
import { MCP } from './mcp.ts';
import { METHOD } from './method.ts';
import { OPT_OUTS } from './opt-outs.ts';
import { PATHS } from './paths.ts';
import { REGISTER } from './register.ts';
import type { Section } from './section.ts';
import { SERVICES } from './services.ts';
import { TELEMETRY } from './telemetry.ts';
import { TOOLS } from './tools.ts';
import { UNSEEN } from './unseen.ts';
import { VIOLATORS } from './violators.ts';
import { WITHOUT_NAMES } from './without-names.ts';

export const SECTIONS: readonly Section[] = [
  VIOLATORS,
  TOOLS,
  TELEMETRY,
  OPT_OUTS,
  PATHS,
  GROUP_USE,
  REGISTER,
  BUILDS,
  ADVISORIES,
  ATTEMPTS,
  INSPECTION,
  SERVICES,
  MCP,
  ECH,
  WITHOUT_NAMES,
  UNSEEN,
  METHOD,
  GLOSSARY,
];

/** Stands for all sections that the order of a format does not name. */
export const OTHERS = 'others';

/** Returns all sections in order, with the parts of a format between them. */
export const orderSections = <Part>(order: readonly (Section | Part | typeof OTHERS)[]): (Section | Part)[] =>
  order.flatMap((part): (Section | Part)[] =>
    part === OTHERS ? SECTIONS.filter((section) => !order.includes(section)) : [part],
  );
