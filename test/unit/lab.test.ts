// The server of the recording lab: it answers as vendors do, over both versions of HTTP, and keeps the truth.

import { connect } from 'node:http2';
import { request } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerTo } from '../../captures/lab/answers.ts';
import { Authority } from '../../captures/lab/authority.ts';
import { manifestLine } from '../../captures/lab/manifest-line.ts';
import { LabNames } from '../../captures/lab/names.ts';
import { readPlan } from '../../captures/lab/plan.ts';
import { type LabServer, serveModels } from '../../captures/lab/server.ts';
import { temporaryFolder } from '../temporary.ts';

const FOLDER = temporaryFolder('lab-test');
let authority: Authority;
let server: LabServer;

beforeAll(async () => {
  authority = new Authority(FOLDER);
  server = await serveModels(authority, { port: 0, address: '127.0.0.1', isTelemetry: /beacon/ });
});
afterAll(() => {
  server.close();
});

function post(
  name: string,
  path: string,
  body: Buffer,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: server.port,
      servername: name,
      path,
      method: 'POST',
      agent: false,
    };
    const asked = request(
      { ...options, headers: { host: name, ...headers }, ca: authority.root },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve(text));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

describe('the server of the lab', () => {
  it('streams what a model API streams, and counts bodies as they were sent', async () => {
    const body = gzipSync(JSON.stringify({ stream: true, messages: ['x'.repeat(5000)] }));
    const answer = await post('api.anthropic.com', '/v1/messages?beta=true', body, {
      'content-encoding': 'gzip',
    });
    expect(answer).toMatch(/^event: message_start\n/);
    expect(answer).toContain('event: message_stop');
    await post('api.anthropic.com', '/api/event_logging/v2/batch', Buffer.from('{}'));
    await post('t.example.com', '/beacon', Buffer.from('abc'));
    expect(
      server.served.map(({ name, path, kind, bodyBytes, encoding }) => [
        name,
        path,
        kind,
        bodyBytes,
        encoding,
      ]),
    ).toEqual([
      ['api.anthropic.com', '/v1/messages', 'model', body.length, 'gzip'],
      ['api.anthropic.com', '/api/event_logging/v2/batch', 'telemetry', 2, 'identity'],
      ['t.example.com', '/beacon', 'telemetry', 3, 'identity'],
    ]);
    expect(JSON.stringify(server.served)).not.toContain('xxxx');
  });

  it('speaks HTTP/2 to who offers it', async () => {
    const session = connect('https://api.x.ai', {
      createConnection: () =>
        connectTls({
          host: '127.0.0.1',
          port: server.port,
          servername: 'api.x.ai',
          ca: authority.root,
          ALPNProtocols: ['h2'],
        }),
    });
    const stream = session.request({ ':method': 'POST', ':path': '/v1/responses' });
    stream.end('{"stream":true}');
    let text = '';
    for await (const piece of stream.setEncoding('utf8')) text += piece;
    session.close();
    expect(text).toContain('event: response.completed');
    expect(server.served.at(-1)).toMatchObject({ name: 'api.x.ai', http: '2.0', kind: 'model' });
  });

  it.each([
    ['/v1/chat/completions', '{"stream":true}', /data: \[DONE\]/],
    ['/v1/chat/completions', '{}', /"chat.completion"/],
    ['/v1beta/models/x:streamGenerateContent?alt=sse', '{}', /"finishReason":"STOP"/],
    ['/v1/messages', '{}', /"end_turn"/],
    ['/settings', '{}', /^\{\}$/],
  ])('answers %s %s', (path, body, wanted) => {
    const { pieces } = answerTo({ method: 'POST', name: 'api.example.com', path, body }, null);
    expect(pieces.join('')).toMatch(wanted);
  });

  it('gives every name an address of its own, and no IPv6', () => {
    const names = new LabNames();
    const query = (name: string, type: number): Buffer => {
      const labels = name
        .split('.')
        .map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
      const head = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
      return Buffer.concat([head, ...labels, Buffer.from([0, 0, type, 0, 1])]);
    };
    const addressOf = (name: string): string | undefined =>
      names.answer(query(name, 1))?.subarray(-4).join('.');
    expect([addressOf('a.example'), addressOf('b.example'), addressOf('A.example')]).toEqual([
      ...['198.18.0.10', '198.18.0.11', '198.18.0.10'],
    ]);
    expect(names.answer(query('a.example', 28))?.readUInt16BE(6)).toBe(0);
    expect(names.answer(Buffer.from([1, 2, 3]))).toBeNull();
  });

  it('makes the line of the manifest from the plan, the wire and the truth', () => {
    const plan = readPlan('captures/lab/plans/qwen-code.json');
    const hello = (sni: string, ja4: string): string =>
      JSON.stringify({ sni, ja4, ja3_hash: 'x', retry: false });
    const line = manifestLine({
      ...{ plan, version: '1.2.3', served: server.served, file: 'recordings/x.pcap.gz' },
      handshakes: `${hello('b', '2')}\n${hello('a', '3')}\n${hello('a', '1')}\n`,
    });
    expect(line).toMatchObject({
      ...{ tool: 'qwen-code', version: '1.2.3', expect: { tools: ['qwen-code'] } },
      sni: { a: { ja4: ['1', '3'] }, b: { ja4: ['2'] } },
      truth: { model_requests: 2, telemetry_requests: 2, telemetry_request_bytes: 5 },
    });
  });
});
