// All families with forged packets, and the honest controls that look like them.
import type { Family } from '../case.ts';
import { HONEST_CHECKSUMS } from './checksums.ts';
import { HIDDEN_DECOY, HIDDEN_END } from './decoys.ts';
import { HIDDEN_DENIAL } from './denial.ts';
import { FRAMING } from './framing.ts';
import { FORGED_INTO_FLOWS } from './injected.ts';
import { FORGED_MACS, HONEST_MACS } from './links.ts';
import { FORGED_NAMES, HIDDEN_EXEMPT, HONEST_NAMES } from './names.ts';
import { ONE_SIDED } from './one-sided.ts';
import { FORGED_QUESTIONS } from './questions.ts';
import { FORGED_QUIC } from './quic.ts';
import { FORGED_SESSION } from './replayed.ts';
import { HIDDEN_SAME_HELLO } from './same-hello.ts';
import { HONEST_TWICE } from './twice.ts';

export const FORGED: readonly Family[] = [
  ...FRAMING,
  FORGED_SESSION,
  FORGED_QUIC,
  FORGED_INTO_FLOWS,
  FORGED_MACS,
  FORGED_NAMES,
  FORGED_QUESTIONS,
  HIDDEN_SAME_HELLO,
  HIDDEN_DECOY,
  HIDDEN_END,
  HIDDEN_DENIAL,
  HIDDEN_EXEMPT,
  ONE_SIDED,
  HONEST_MACS,
  HONEST_NAMES,
  HONEST_CHECKSUMS,
  HONEST_TWICE,
];
