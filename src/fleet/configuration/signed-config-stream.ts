// Publishes and reads signed configurations on a NATS broker. Their stream is separate from that of the windows and
// retains the last package per audience (list of sensors).

import { createHash } from 'node:crypto';
import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  StorageType,
} from '@nats-io/jetstream';
import { WiretallyError } from '../../model/errors.ts';
import { MAX_SIGNED_CONFIG_BYTES, type SignedConfig } from '../../store/signed-config.ts';
import { type BrokerAccess, brokerError, brokerName, connectTo } from '../delivery/nats.ts';

/** Maximum number of audiences, so that a hostile broker cannot make the sensor read packages without end. */
const MAX_SUBJECTS = 256;
/** The size limits of a broker include the headers of a message. */
const MAX_HEADER_BYTES = 4096;

const getStream = ({ stream }: BrokerAccess): string => `${stream}_SIGNED_CONFIG`;
const streamSubjects = ({ stream }: BrokerAccess): string => `${stream.toLowerCase()}.signed-config.*`;

/** A package for the same sensors replaces the previous one. */
function formatSubject(access: BrokerAccess, { config }: SignedConfig): string {
  const audience = createHash('sha256').update(config.sensors.join('\n')).digest('hex').slice(0, 32);
  return streamSubjects(access).replace('*', audience);
}

export class SignedConfigStream {
  readonly #access: BrokerAccess;
  readonly #link: Awaited<ReturnType<typeof connectTo>>;
  #seen = -1;
  #packages: readonly Uint8Array[] = [];

  private constructor(access: BrokerAccess, link: Awaited<ReturnType<typeof connectTo>>) {
    this.#access = access;
    this.#link = link;
  }

  /** Connects to the broker. Throws BROKER_FAILED. */
  static async open(access: BrokerAccess): Promise<SignedConfigStream> {
    return new SignedConfigStream(access, await connectTo(access));
  }

  /** Creates a missing stream; resolves when the broker has stored the package. */
  async publish(signed: SignedConfig): Promise<void> {
    const { connection, manager } = this.#link;
    const maxPayload = connection.info?.max_payload ?? MAX_SIGNED_CONFIG_BYTES;
    if (signed.bytes.length + MAX_HEADER_BYTES > maxPayload) {
      throw new WiretallyError(
        'BROKER_FAILED',
        `${brokerName(this.#access)}: accepts messages of at most ${maxPayload} bytes; the signed configuration has ${signed.bytes.length}`,
        { next: 'set max_payload: 8MB in the configuration of the broker' },
      );
    }
    await this.#request(async () => {
      await this.#ensureStream(manager);
      await jetstream(connection).publish(formatSubject(this.#access, signed), signed.bytes);
    });
  }

  /** Last package per audience; returns the cached list until a new one is published. Throws BROKER_FAILED. */
  packages(): Promise<readonly Uint8Array[]> {
    return this.#request(async () => {
      const { streams } = this.#link.manager;
      const name = getStream(this.#access);
      const info = await streams.info(name, { subjects_filter: '>' }).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      if (info === null) return [];
      if (info.state.last_seq === this.#seen) return this.#packages;
      const found: Uint8Array[] = [];
      for (const subject of Object.keys(info.state.subjects ?? {}).slice(0, MAX_SUBJECTS)) {
        const message = await streams.getMessage(name, { last_by_subj: subject });
        if (message !== null) found.push(message.data);
      }
      this.#seen = info.state.last_seq;
      this.#packages = found;
      return found;
    });
  }

  async close(): Promise<void> {
    await this.#link.connection.close();
  }

  /** Creates the stream if it is missing. An existing stream is not changed. */
  async #ensureStream({ streams }: JetStreamManager): Promise<void> {
    const name = getStream(this.#access);
    try {
      await streams.info(name);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await streams.add({
        name,
        subjects: [streamSubjects(this.#access)],
        storage: StorageType.File,
        max_msgs_per_subject: 1,
        max_msg_size: MAX_SIGNED_CONFIG_BYTES + MAX_HEADER_BYTES,
        discard: DiscardPolicy.Old,
      });
    }
  }

  async #request<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof WiretallyError ? cause : brokerError(this.#access, cause);
    }
  }
}

const isMissing = (error: unknown): boolean => error instanceof JetStreamApiError && error.status === 404;
