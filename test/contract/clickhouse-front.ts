// The ClickHouse engine in this process, with the part of the server's HTTP interface that its client uses.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Half a gigabyte, so that it is installed apart from what every checkout needs. */
const ENGINE = resolve('.ci/chdb');
const INSTALL = 'npm install --no-save --prefix .ci/chdb';

/** What of the engine is used here. */
interface Session {
  query(sql: string, format?: string): string;
  cleanup(): void;
}

/** Prints why. */
export function lacksEngine(): boolean {
  if (existsSync(join(ENGINE, 'node_modules/chdb'))) return false;
  console.warn(`skipped: no store on a server (ClickHouse's engine is not installed: ${INSTALL})`);
  return true;
}

function openSession(folder: string): Session {
  if (lacksEngine()) throw new Error(`ClickHouse's engine is not installed: ${INSTALL}`);
  const engine: { Session: new (folder: string) => Session } = createRequire(join(ENGINE, 'package.json'))(
    'chdb',
  );
  return new engine.Session(folder);
}

/**
 * Settings that the engine in this process supports; a server accepts all. One session serves all clients: they share
 * their temporary tables.
 */
const SETTINGS = [
  'mutations_sync',
  'do_not_merge_across_partitions_select_final',
  'max_query_size',
  'max_execution_time',
  'max_memory_usage',
  'max_result_bytes',
  'max_result_rows',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_decimals',
  'output_format_json_quote_denormals',
  'result_overflow_mode',
  'timeout_overflow_mode',
];

/** A session that was set read-only cannot be reset: each query is restricted individually. */
const boundTo = (readonly: string | null, sql: string): string =>
  readonly === null ? sql : sql.replace(/\s+FORMAT (\w+)\s*$/, `\nSETTINGS readonly = ${readonly} FORMAT $1`);

export class ClickhouseFront {
  readonly #session: Session;
  readonly #folder: string;
  readonly #servers: Server[] = [];
  #made = 0;
  readonly #now = new Map<string, string | null>();
  #isKept = false;
  /** Fails the next insert into this table, like a failing server. */
  failsInsertInto: string | null = null;

  /** Called, if present. */
  password: string | null = null;
  /** Connections end before anything is answered. */
  isAway = false;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#session = openSession(join(folder, 'data'));
  }

  /** `kept`: a folder that remains at the end, and may exist before. */
  static async start(kept?: string): Promise<ClickhouseFront> {
    const front = new ClickhouseFront(kept ?? mkdtempSync(join(tmpdir(), 'wiretally-chdb-')));
    front.#isKept = kept !== undefined;
    await front.#listen(createServer());
    return front;
  }

  /** A second endpoint in addition to the one without TLS, per address. */
  async listenTls(options: ServerOptions): Promise<(address: string) => string> {
    const port = await this.#listen(createTlsServer(options));
    return (address) => address.replace(/^clickhouse:(.*):\d+\//, `clickhouses:$1:${port}/`);
  }

  async #listen(server: Server): Promise<number> {
    this.#servers.push(server);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.isAway) {
        request.socket.destroy();
        return;
      }
      void this.#answer(request).then(({ code, body }) => {
        response.writeHead(code, { 'x-clickhouse-summary': '{}' }).end(body);
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return portOf(server);
  }

  /** Of an empty database. */
  newAddress(): string {
    const database = `db${this.#made++}`;
    this.ask(`CREATE DATABASE IF NOT EXISTS ${database}`);
    return `clickhouse://tester@127.0.0.1:${portOf(this.#servers[0])}/${database}`;
  }

  /** All rows of all tables, replaced ones and old revisions too. */
  rowsOf(address: string): string {
    const database = new URL(address).pathname.slice(1);
    const tables = this.ask(
      `SELECT name FROM system.tables WHERE database = '${database}' AND engine LIKE '%MergeTree'`,
    );
    return tables
      .trim()
      .split('\n')
      .map((table) => this.ask(`SELECT * FROM ${database}.${table}`))
      .join('');
  }

  ask(sql: string): string {
    return this.#session.query(sql, 'TSV');
  }

  /** The database and settings of a request that differ from those of the previous one. */
  #begin(asked: URLSearchParams): void {
    const database = asked.get('database') ?? 'default';
    if (this.#now.get('database') !== database) this.#session.query(`USE ${database}`);
    this.#now.set('database', database);
    for (const name of SETTINGS) {
      const value = asked.get(name);
      if ((this.#now.get(name) ?? null) === value) continue;
      this.#session.query(`SET ${name} = ${value === null ? 'DEFAULT' : `'${value}'`}`);
      this.#now.set(name, value);
    }
  }

  async #answer(request: IncomingMessage): Promise<{ code: number; body: string }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const login = Buffer.from(`tester:${this.password ?? ''}`).toString('base64');
    if (this.password !== null && request.headers.authorization !== `Basic ${login}`) {
      const reason = 'tester: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)';
      return { code: 403, body: `Code: 516. DB::Exception: ${reason}` };
    }
    const { searchParams } = new URL(request.url ?? '/', 'http://front');
    const inUrl = searchParams.get('query');
    const body = Buffer.concat(chunks).toString('utf8');
    const sql = inUrl === null ? body : `${inUrl}\n${body}`;
    if (this.failsInsertInto !== null && sql.startsWith(`INSERT INTO ${this.failsInsertInto} `)) {
      this.failsInsertInto = null;
      return {
        code: 500,
        body: 'Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)',
      };
    }
    try {
      this.#begin(searchParams);
      for (const [name, value] of searchParams)
        if (name.startsWith('param_')) this.#session.query(`SET ${name} = '${value.replaceAll("'", "\\'")}'`);
      const bound = boundTo(searchParams.get('readonly'), sql);
      const format = searchParams.get('default_format');
      return { code: 200, body: this.#session.query(bound, format ?? undefined) };
    } catch (error) {
      return { code: 500, body: error instanceof Error ? error.message : String(error) };
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
    this.#session.cleanup();
    if (!this.#isKept) rmSync(this.#folder, { recursive: true, force: true });
  }
}

function portOf(server: Server | undefined): number {
  const address = server?.address();
  return address === null || address === undefined || typeof address === 'string' ? 0 : address.port;
}
