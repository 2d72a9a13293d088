// The name in the certificate that a visitor showed.

import { TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** The common name of whom an authority of ours vouches for: TLS let nobody else in. */
export function certificateName({ env }: Context): string | null {
  const { socket } = (env as HttpBindings).incoming;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : null;
}
