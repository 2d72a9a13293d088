// Published schemas of Suricata, Elastic and Zeek, for the fields in our outputs: JSON Schema for
// EVE and ECS, columns for Zeek. An unlisted field fails the test that uses it, for any value.

import type { z } from 'zod';

type Schema = z.core.JSONSchema.JSONSchema;

/** JSON Schema of an object that has these properties and no others. */
function strict(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: 'object', properties, required, additionalProperties: false };
}

const string: Schema = { type: 'string' };
const strings: Schema = { type: 'array', items: string };
const integer: Schema = { type: 'integer' };
const anything: Schema = { type: 'object' };

/**
 * OISF/suricata, etc/schema.json of the 8.0 branch (the same table is in its user guide, "EVE Index"). There `host` is
 * "the sensor-name, if configured". `action` is "allowed" or "blocked" (user guide, Eve JSON Format); a signature's
 * severity is its priority, 1 to 255. "wiretally" is ours.
 */
export const EVE_SCHEMA = strict(
  {
    timestamp: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d+[+\\-]\\d+$' },
    event_type: string,
    host: string,
    src_ip: string,
    dest_ip: string,
    dest_port: integer,
    community_id: string,
    ether: strict({ src_mac: string, dest_mac: string, src_macs: strings, dest_macs: strings }),
    alert: strict(
      {
        action: { enum: ['allowed', 'blocked'] },
        gid: integer,
        signature_id: integer,
        rev: integer,
        signature: string,
        category: string,
        severity: { type: 'integer', minimum: 1, maximum: 255 },
        references: strings,
      },
      ['action', 'gid', 'signature_id', 'rev', 'signature', 'category', 'severity'],
    ),
    tls: strict({
      sni: string,
      client_alpns: strings,
      ja3: strict({ hash: string, string }),
      ja4: string,
    }),
    flow: strict({ bytes_toserver: integer, bytes_toclient: integer, start: string, end: string }),
    stats: strict({
      uptime: integer,
      capture: strict({ kernel_packets: integer, kernel_drops: integer }),
      decoder: strict({ pkts: integer, bytes: integer }),
      flow: strict({ total: integer }),
    }),
    wiretally: anything,
  },
  ['timestamp', 'event_type'],
);

const keyword = string;
const long = integer;
const date: Schema = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d+Z$' };
const endpoint = strict({
  address: keyword,
  ip: keyword,
  mac: keyword,
  domain: keyword,
  port: long,
  bytes: long,
});

/**
 * elastic/ecs, generated/csv/fields.csv and generated/ecs/ecs_flat.yml of version 8.17 (the fields have been the same
 * since 8.0). A field is an array only where the column "Normalization" says so. The values of event.kind,
 * event.category and event.type are those that the schema allows, without the kind "signal", which is reserved; of types,
 * those it expects with category "network" ("connection" asks for both addresses and ports, which a sum has not).
 * MAC addresses are in the notation of RFC 7042. "wiretally" is ours.
 */
export const ECS_SCHEMA = strict(
  {
    '@timestamp': date,
    message: string,
    ecs: strict({ version: { const: '8.17.0' } }, ['version']),
    event: strict(
      {
        kind: {
          enum: ['alert', 'asset', 'enrichment', 'event', 'metric', 'state', 'pipeline_error'],
        },
        category: { type: 'array', items: { const: 'network' } },
        type: {
          type: 'array',
          items: {
            enum: ['access', 'allowed', 'connection', 'denied', 'end', 'info', 'protocol', 'start'],
          },
        },
        module: keyword,
        dataset: { type: 'string', pattern: '^wiretally\\.' },
        id: keyword,
        severity: long,
        start: date,
        end: date,
      },
      ['kind', 'category', 'type'],
    ),
    source: {
      ...endpoint,
      properties: {
        address: keyword,
        ip: keyword,
        mac: { type: 'string', pattern: '^[0-9A-F]{2}(-[0-9A-F]{2}){5}$' },
        domain: keyword,
        bytes: long,
      },
    },
    destination: endpoint,
    network: strict({ bytes: long, packets: long, community_id: keyword }),
    related: strict({ ip: strings, hosts: strings, hash: strings }),
    rule: strict({
      id: keyword,
      version: keyword,
      name: keyword,
      ruleset: keyword,
      reference: { type: 'string', pattern: '^https?://' },
    }),
    tls: strict({ client: strict({ ja3: keyword, server_name: keyword }) }),
    observer: strict({ vendor: keyword, product: keyword, type: keyword, version: keyword, name: keyword }),
    wiretally: anything,
  },
  ['@timestamp', 'ecs', 'event'],
);

/**
 * zeek/zeek 8.0, scripts/base/frameworks/notice/main.zeek and actions/add-geodata.zeek there: the columns of notice.log as
 * Zeek writes it with nothing configured, in their order.
 */
export const ZEEK_NOTICE: readonly (readonly [string, string])[] = [
  ['ts', 'time'],
  ['uid', 'string'],
  ['id.orig_h', 'addr'],
  ['id.orig_p', 'port'],
  ['id.resp_h', 'addr'],
  ['id.resp_p', 'port'],
  ['fuid', 'string'],
  ['file_mime_type', 'string'],
  ['file_desc', 'string'],
  ['proto', 'enum'],
  ['note', 'enum'],
  ['msg', 'string'],
  ['sub', 'string'],
  ['src', 'addr'],
  ['dst', 'addr'],
  ['p', 'port'],
  ['n', 'count'],
  ['peer_descr', 'string'],
  ['actions', 'set[enum]'],
  ['email_dest', 'set[string]'],
  ['suppress_for', 'interval'],
  ['remote_location.country_code', 'string'],
  ['remote_location.region', 'string'],
  ['remote_location.city', 'string'],
  ['remote_location.latitude', 'double'],
  ['remote_location.longitude', 'double'],
];

/**
 * Columns of Zeek's logs that ours take over: conn.log (base/protocols/conn/main.zeek: orig_bytes and resp_bytes are
 * payload, orig_ip_bytes are not what we count), its MAC (policy/protocols/conn/mac-logging.zeek) and ssl.log
 * (base/protocols/ssl/main.zeek).
 */
export const ZEEK_COLUMNS: Readonly<Record<string, string>> = {
  ts: 'time',
  'id.orig_h': 'addr',
  'id.resp_h': 'addr',
  'id.resp_p': 'port',
  orig_bytes: 'count',
  resp_bytes: 'count',
  orig_l2_addr: 'string',
  server_name: 'string',
};

/** Additional columns; Zeek must not use these names with another meaning. */
export const OWN_ZEEK_COLUMNS: Readonly<Record<string, string>> = {
  last: 'time',
  rule: 'string',
  verdict: 'enum',
  observed: 'double',
  reasons: 'set[enum]',
  reason: 'string',
  host: 'string',
  host_name: 'string',
  tool: 'string',
  tool_name: 'string',
  vendor: 'string',
  row: 'enum',
  confidence: 'enum',
  role: 'enum',
  specificity: 'enum',
  kind: 'enum',
  flows: 'count',
  bytes: 'count',
  share: 'double',
  orig_frame_bytes: 'count',
  resp_frame_bytes: 'count',
  active_minutes: 'count',
  requests_min: 'count',
  requests_max: 'count',
  telemetry_bytes: 'count',
  telemetry_share: 'double',
  ja3: 'set[string]',
  ja4: 'set[string]',
};

/** What Zeek's ASCII writer puts before and after the lines of a log (src/logging/writers/ascii/Ascii.cc, WriteHeader). */
export const ZEEK_HEADER = [
  /^#separator \\x09$/,
  /^#set_separator\t,$/,
  /^#empty_field\t\(empty\)$/,
  /^#unset_field\t-$/,
  /^#path\t[a-z_]+$/,
  /^#open\t\d{4}(-\d\d){5}$/,
  /^#fields\t/,
  /^#types\t/,
] as const;

export const ZEEK_FOOTER = /^#close\t\d{4}(-\d\d){5}$/;

const message = strict({ text: string }, ['text']);
const properties = anything;
const artifactLocation = strict({ uri: string, index: { type: 'integer', minimum: -1 } });

/**
 * OASIS, sarif-schema-2.1.0.json: names, required fields and closed lists of words. `properties` is a bag of own fields.
 * That a result has a file and a line is a demand of code hosts.
 */
export const SARIF_SCHEMA = strict(
  {
    $schema: string,
    version: { enum: ['2.1.0'] },
    runs: {
      type: 'array',
      items: strict(
        {
          tool: strict(
            {
              driver: strict(
                {
                  name: string,
                  version: string,
                  rules: {
                    type: 'array',
                    items: strict(
                      {
                        ...{ id: string, shortDescription: message, help: message, helpUri: string },
                        properties,
                      },
                      ['id'],
                    ),
                  },
                },
                ['name'],
              ),
            },
            ['driver'],
          ),
          invocations: {
            type: 'array',
            items: strict(
              {
                executionSuccessful: { type: 'boolean' },
                toolExecutionNotifications: {
                  type: 'array',
                  items: strict({ level: { enum: ['none', 'note', 'warning', 'error'] }, message }, [
                    'message',
                  ]),
                },
                properties,
              },
              ['executionSuccessful'],
            ),
          },
          artifacts: { type: 'array', items: strict({ location: artifactLocation }) },
          results: {
            type: 'array',
            items: strict(
              {
                ...{ ruleId: string, ruleIndex: { type: 'integer', minimum: -1 }, message, properties },
                kind: { enum: ['notApplicable', 'pass', 'fail', 'review', 'open', 'informational'] },
                level: { enum: ['none', 'note', 'warning', 'error'] },
                locations: {
                  type: 'array',
                  items: strict(
                    {
                      physicalLocation: strict({
                        artifactLocation,
                        region: strict({ startLine: { type: 'integer', minimum: 1 } }),
                      }),
                      logicalLocations: { type: 'array', items: strict({ name: string, kind: string }) },
                    },
                    ['physicalLocation'],
                  ),
                },
                partialFingerprints: { type: 'object', additionalProperties: string },
                suppressions: {
                  type: 'array',
                  items: strict(
                    {
                      kind: { enum: ['inSource', 'external'] },
                      status: { enum: ['accepted', 'underReview', 'rejected'] },
                      justification: string,
                    },
                    ['kind'],
                  ),
                },
              },
              ['message', 'locations'],
            ),
          },
        },
        ['tool'],
      ),
    },
  },
  ['version', 'runs'],
);
