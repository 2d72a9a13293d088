// The name in the certificate that a visitor showed.

import { TLSSocket } from 'node:tls';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** Common name of the client certificate; TLS accepts only certificates of the configured authority. */
export function certificateName({ env }: Context): string | null {
  const { socket } = (env as HttpBindings).incoming;
  const name = socket instanceof TLSSocket ? socket.getPeerCertificate().subject?.CN : undefined;
  return typeof name === 'string' ? name : null;
}
