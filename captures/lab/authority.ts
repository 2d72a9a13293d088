// The lab's own CA, and its certificates for every name that a tool requests. Uses openssl.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';

const DAYS = '30';

export class Authority {
  readonly #folder: string;
  readonly #contexts = new Map<string, SecureContext>();

  /** Makes the key and the root in the folder, which should be empty. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'ca.key');
    this.#openssl(
      ...[
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-days',
        DAYS,
        '-subj',
        '/CN=Wiretally lab',
        '-out',
        'ca.pem',
      ],
    );
    this.#openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'server.key');
    this.#openssl('req', '-new', '-key', 'server.key', '-subj', '/CN=lab', '-out', 'server.csr');
  }

  get root(): string {
    return readFileSync(join(this.#folder, 'ca.pem'), 'utf8');
  }

  contextOf(name: string): SecureContext {
    const known = this.#contexts.get(name);
    if (known !== undefined) return known;
    const label = String(this.#contexts.size);
    writeFileSync(join(this.#folder, `${label}.ext`), `subjectAltName=DNS:${name}\n`);
    this.#openssl(
      ...['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', DAYS, '-extfile', `${label}.ext`, '-out', `${label}.pem`],
    );
    const context = createSecureContext({
      key: readFileSync(join(this.#folder, 'server.key')),
      cert: `${readFileSync(join(this.#folder, `${label}.pem`), 'utf8')}${this.root}`,
    });
    this.#contexts.set(name, context);
    return context;
  }

  #openssl(...words: readonly string[]): void {
    execFileSync('openssl', words, { cwd: this.#folder, stdio: 'ignore' });
  }
}
