// A NATS server with credentials: an operator signs an account, the account a user, and the user's file
// contains a token and a key. Created with the client's key library, as the server's tools do.

import { writeFileSync } from 'node:fs';
import { nkeys } from '@nats-io/transport-node';

type Pair = ReturnType<typeof nkeys.createUser>;

const encoded = (value: object | Uint8Array): string =>
  Buffer.from(value instanceof Uint8Array ? value : JSON.stringify(value)).toString('base64url');

/** JWT of NATS, version 2: permissions of the subject, signed by its issuer. */
function tokenOf(subject: Pair, issuer: Pair, name: string, nats: object): string {
  const head = encoded({ typ: 'JWT', alg: 'ed25519-nkey' });
  const claims = {
    jti: name,
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    name,
    sub: subject.getPublicKey(),
  };
  const signed = `${head}.${encoded({ ...claims, nats: { ...nats, version: 2 } })}`;
  return `${signed}.${encoded(issuer.sign(Buffer.from(signed)))}`;
}

const NO_LIMITS = { subs: -1, data: -1, payload: -1 };
const SYSTEM_LIMITS = { ...NO_LIMITS, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const STREAM_LIMITS = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** Lines of the server's configuration. `sign` writes a user's credentials, by this operator or by another one. */
export function operatorMode(): {
  readonly config: string;
  readonly sign: (file: string, by: 'own' | 'other') => void;
} {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const operatorToken = tokenOf(operator, operator, 'operator', { type: 'operator' });
  const permissions = { default_permissions: { pub: {}, sub: {} } };
  const accountOf = (pair: Pair, name: string, limits: object): string =>
    `${pair.getPublicKey()}: ${tokenOf(pair, operator, name, { type: 'account', limits, ...permissions })}`;
  const sign = (file: string, by: 'own' | 'other'): void => {
    const user = nkeys.createUser();
    const issuer = by === 'own' ? account : nkeys.createAccount();
    const token = tokenOf(user, issuer, 'sensors', { type: 'user', pub: {}, sub: {}, ...NO_LIMITS });
    const seed = Buffer.from(user.getSeed()).toString();
    const part = (name: string, text: string): string =>
      `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
    writeFileSync(file, `${part('NATS USER JWT', token)}\n${part('USER NKEY SEED', seed)}`, { mode: 0o600 });
  };
  const config = [
    `operator: ${operatorToken}`,
    'resolver: MEMORY',
    // Required for streams of an operator's accounts.
    `system_account: ${system.getPublicKey()}`,
    'resolver_preload: {',
    accountOf(system, 'system', SYSTEM_LIMITS),
    accountOf(account, 'fleet', { ...SYSTEM_LIMITS, ...STREAM_LIMITS }),
    '}',
  ].join('\n');
  return { config, sign };
}
