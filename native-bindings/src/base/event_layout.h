// Offsets of every field of event.h, as data: the compiler checks them against the structs, and the addon exports them to a
// test. Generated from event.h by tools/record-layout.mjs, which `npm run build:ts` runs.
#pragma once

#include <cstddef>

#include "event.h"

namespace wiretally {

// X(struct, field, offset)
#define WIRETALLY_FIELDS(X)                   \
  X(BatchHeader, magic, 0)                    \
  X(BatchHeader, layout_version, 4)           \
  X(BatchHeader, record_count, 8)             \
  X(BatchHeader, length, 12)                  \
  X(BatchHeader, clock_ns, 16)                \
  X(BatchHeader, settled_ns, 24)              \
  X(RecordHeader, type, 0)                    \
  X(RecordHeader, flags, 2)                   \
  X(RecordHeader, length, 4)                  \
  X(FlowRecord, header, 0)                    \
  X(FlowRecord, flow_id, 8)                   \
  X(FlowRecord, flow_first_ns, 16)            \
  X(FlowRecord, first_ns, 24)                 \
  X(FlowRecord, last_ns, 32)                  \
  X(FlowRecord, hello_ns, 40)                 \
  X(FlowRecord, bytes_up, 48)                 \
  X(FlowRecord, bytes_down, 56)               \
  X(FlowRecord, payload_up, 64)               \
  X(FlowRecord, payload_down, 72)             \
  X(FlowRecord, packets_up, 80)               \
  X(FlowRecord, packets_down, 84)             \
  X(FlowRecord, lost_up, 88)                  \
  X(FlowRecord, lost_down, 92)                \
  X(FlowRecord, client_address, 96)           \
  X(FlowRecord, server_address, 112)          \
  X(FlowRecord, client_mac, 128)              \
  X(FlowRecord, server_mac, 134)              \
  X(FlowRecord, client_port, 140)             \
  X(FlowRecord, server_port, 142)             \
  X(FlowRecord, file_index, 144)              \
  X(FlowRecord, hello_bytes, 148)             \
  X(FlowRecord, hello_segments, 152)          \
  X(FlowRecord, legacy_version, 154)          \
  X(FlowRecord, ip_version, 156)              \
  X(FlowRecord, protocol, 157)                \
  X(FlowRecord, end_reason, 158)              \
  X(FlowRecord, client_known_by, 159)         \
  X(FlowRecord, proxy_kind, 160)              \
  X(FlowRecord, ech, 161)                     \
  X(FlowRecord, app_hint, 162)                \
  X(FlowRecord, ech_config_id, 163)           \
  X(FlowRecord, ja3_md5, 164)                 \
  X(FlowRecord, ja4, 180)                     \
  X(FlowRecord, sni_length, 220)              \
  X(FlowRecord, alpn_length, 222)             \
  X(FlowRecord, proxy_length, 224)            \
  X(FlowRecord, tunnel_length, 226)           \
  X(FlowRecord, vlan_length, 228)             \
  X(FlowRecord, user_agent_length, 230)       \
  X(FlowRecord, hello_hash, 232)              \
  X(FlowRecord, other_sni_length, 240)        \
  X(FlowRecord, counted_kinds, 242)           \
  X(FlowRecord, multipath_token, 244)         \
  X(FlowRecord, look, 248)                    \
  X(FlowRecord, client_ttl, 249)              \
  X(FlowRecord, marks, 250)                   \
  X(HelloRecord, header, 0)                   \
  X(HelloRecord, flow_id, 8)                  \
  X(HelloRecord, ts_ns, 16)                   \
  X(HelloRecord, source_address, 24)          \
  X(HelloRecord, destination_address, 40)     \
  X(HelloRecord, source_port, 56)             \
  X(HelloRecord, destination_port, 58)        \
  X(HelloRecord, file_index, 60)              \
  X(HelloRecord, hello_bytes, 64)             \
  X(HelloRecord, segments, 68)                \
  X(HelloRecord, legacy_version, 70)          \
  X(HelloRecord, ip_version, 72)              \
  X(HelloRecord, transport, 73)               \
  X(HelloRecord, ech, 74)                     \
  X(HelloRecord, vlan_count, 75)              \
  X(HelloRecord, ja3_md5, 76)                 \
  X(HelloRecord, ja4, 92)                     \
  X(HelloRecord, sni_length, 132)             \
  X(HelloRecord, alpn_length, 134)            \
  X(HelloRecord, versions_length, 136)        \
  X(HelloRecord, ja3_length, 138)             \
  X(HelloRecord, tunnel_length, 140)          \
  X(HelloRecord, vlan_length, 142)            \
  X(HelloRecord, family, 144)                 \
  X(DnsRecord, header, 0)                     \
  X(DnsRecord, ts_ns, 8)                      \
  X(DnsRecord, client_address, 16)            \
  X(DnsRecord, server_address, 32)            \
  X(DnsRecord, query_type, 48)                \
  X(DnsRecord, ip_version, 50)                \
  X(DnsRecord, rcode, 51)                     \
  X(DnsRecord, ttl_seconds, 52)               \
  X(DnsRecord, file_index, 56)                \
  X(DnsRecord, name_length, 60)               \
  X(DnsRecord, cnames_length, 62)             \
  X(DnsRecord, a_length, 64)                  \
  X(DnsRecord, aaaa_length, 66)               \
  X(DnsRecord, client_mac_tail, 68)           \
  X(DnsRecord, client_port, 72)               \
  X(DnsRecord, message_id, 74)                \
  X(DnsRecord, ech_ttl_seconds, 76)           \
  X(HostObservationRecord, header, 0)         \
  X(HostObservationRecord, ts_ns, 8)          \
  X(HostObservationRecord, address, 16)       \
  X(HostObservationRecord, mac, 32)           \
  X(HostObservationRecord, ip_version, 38)    \
  X(HostObservationRecord, source, 39)        \
  X(HostObservationRecord, lease_seconds, 40) \
  X(HostObservationRecord, vlan, 44)          \
  X(HostObservationRecord, name_length, 46)   \
  X(ExchangeRecord, header, 0)                \
  X(ExchangeRecord, flow_id, 8)               \
  X(ExchangeRecord, start_ns, 16)             \
  X(ExchangeRecord, bytes_up, 24)             \
  X(ExchangeRecord, bytes_down, 32)           \
  X(ExchangeRecord, records_up, 40)           \
  X(ExchangeRecord, records_down, 44)         \
  X(ExchangeRecord, largest_up, 48)           \
  X(ExchangeRecord, largest_down, 52)         \
  X(ExchangeRecord, first_down, 56)           \
  X(ExchangeRecord, wait_ms, 60)              \
  X(ExchangeRecord, answer_ms, 64)            \
  X(ExchangeRecord, largest_gap_ms, 68)       \
  X(ExchangeRecord, upload_ms, 72)            \
  X(ExchangeRecord, messages_up, 76)          \
  X(CaptureRecord, header, 0)                 \
  X(CaptureRecord, file_index, 8)             \
  X(CaptureRecord, error_code, 12)            \
  X(CaptureRecord, packets, 16)               \
  X(CaptureRecord, wire_bytes, 24)            \
  X(CaptureRecord, first_ns, 32)              \
  X(CaptureRecord, last_ns, 40)               \
  X(CaptureRecord, error_offset, 48)          \
  X(CaptureRecord, link_type_count, 56)       \
  X(CaptureRecord, links_length, 60)          \
  X(CaptureRecord, error_length, 62)          \
  X(CaptureRecord, back_ns, 64)               \
  X(CaptureRecord, drops, 72)                 \
  X(CaptureRecord, drops_since_ns, 80)        \
  X(CaptureRecord, filtered, 88)              \
  X(CountersRecord, header, 0)                \
  X(CountersRecord, packets, 8)               \
  X(CountersRecord, wire_bytes, 16)           \
  X(CountersRecord, flows, 24)                \
  X(CountersRecord, hellos_complete, 32)      \
  X(CountersRecord, hellos_incomplete, 40)    \
  X(CountersRecord, snaplen_cut, 48)          \
  X(CountersRecord, evicted_flows, 56)        \
  X(CountersRecord, kernel_drops, 64)         \
  X(CountersRecord, undecoded, 72)            \
  X(CountersRecord, fragments, 80)            \
  X(CountersRecord, malformed_count, 88)      \
  X(CountersRecord, unwatched, 92)            \
  X(CountersRecord, excluded, 96)             \
  X(CountersRecord, filtered, 104)            \
  X(HostTotalsRecord, header, 0)              \
  X(HostTotalsRecord, first_ns, 8)            \
  X(HostTotalsRecord, last_ns, 16)            \
  X(HostTotalsRecord, packets, 24)            \
  X(HostTotalsRecord, bytes_up, 32)           \
  X(HostTotalsRecord, bytes_down, 40)         \
  X(HostTotalsRecord, flows, 48)              \
  X(HostTotalsRecord, hellos_complete, 56)    \
  X(HostTotalsRecord, evicted_flows, 64)      \
  X(HostTotalsRecord, address, 72)            \
  X(HostTotalsRecord, mac, 88)                \
  X(HostTotalsRecord, ip_version, 94)         \
  X(HostTotalsRecord, vlan_count, 95)         \
  X(HostTotalsRecord, vlans, 96)              \
  X(HostTotalsRecord, lost, 104)              \
  X(HostTotalsRecord, kind_flows, 112)        \
  X(HostTotalsRecord, app_hint, 144)          \
  X(HostTotalsRecord, traffic_class, 145)     \
  X(HostTotalsRecord, client_ttl, 146)        \
  X(HostTotalsRecord, marks, 147)             \
  X(HostTotalsRecord, ech_hellos, 152)        \
  X(HostTotalsRecord, peer, 160)              \
  X(ServiceRecord, header, 0)                 \
  X(ServiceRecord, first_ns, 8)               \
  X(ServiceRecord, last_ns, 16)               \
  X(ServiceRecord, signs, 24)                 \
  X(ServiceRecord, bytes_up, 32)              \
  X(ServiceRecord, bytes_down, 40)            \
  X(ServiceRecord, client_address, 48)        \
  X(ServiceRecord, server_address, 64)        \
  X(ServiceRecord, requests, 80)              \
  X(ServiceRecord, uses, 84)                  \
  X(ServiceRecord, server_port, 88)           \
  X(ServiceRecord, ip_version, 90)            \
  X(ServiceRecord, version_parts, 91)         \
  X(ServiceRecord, version, 92)               \
  X(ServiceRecord, mcp_sessions, 100)         \
  X(ServiceRecord, mcp_lists, 104)            \
  X(ServiceRecord, mcp_reads, 108)            \
  X(ServiceRecord, mcp_calls, 112)            \
  X(OutcomeRecord, header, 0)                 \
  X(OutcomeRecord, ts_ns, 8)                  \
  X(OutcomeRecord, last_ns, 16)               \
  X(OutcomeRecord, client_address, 24)        \
  X(OutcomeRecord, server_address, 40)        \
  X(OutcomeRecord, client_port, 56)           \
  X(OutcomeRecord, server_port, 58)           \
  X(OutcomeRecord, ip_version, 60)            \
  X(OutcomeRecord, kind, 61)                  \
  X(OutcomeRecord, ttl, 62)                   \
  X(OutcomeRecord, handshake_ttl, 63)         \
  X(OutcomeRecord, detail, 64)                \
  X(OutcomeRecord, delay_us, 68)              \
  X(OutcomeRecord, handshake_us, 72)          \
  X(OutcomeRecord, value, 76)                 \
  X(OutcomeRecord, repeated, 80)              \
  X(OutcomeRecord, segments, 84)              \
  X(OutcomeRecord, fastest_kbit, 88)          \
  X(OutcomeRecord, name_length, 92)           \
  X(OutcomeRecord, by, 96)                    \
  X(AccountRecord, header, 0)                 \
  X(AccountRecord, first_ns, 8)               \
  X(AccountRecord, last_ns, 16)               \
  X(AccountRecord, packets, 24)               \
  X(AccountRecord, bytes, 32)                 \
  X(AccountRecord, host, 40)                  \
  X(AccountRecord, peer, 56)                  \
  X(AccountRecord, ip_version, 72)            \
  X(AccountRecord, traffic_class, 73)         \
  X(AccountRecord, cause, 74)                 \
  X(HeardRecord, header, 0)                   \
  X(HeardRecord, start_ns, 8)                 \
  X(HeardRecord, seconds, 16)                 \
  X(HeardRecord, frames, 24)                  \
  X(QuicPeersRecord, header, 0)               \
  X(QuicPeersRecord, first_ns, 8)             \
  X(QuicPeersRecord, last_ns, 16)             \
  X(QuicPeersRecord, client_address, 24)      \
  X(QuicPeersRecord, server_address, 40)      \
  X(QuicPeersRecord, server_port, 56)         \
  X(QuicPeersRecord, ip_version, 58)          \
  X(DnsNeedRecord, header, 0)                 \
  X(DnsNeedRecord, ts_ns, 8)                  \
  X(DnsNeedRecord, client_address, 16)        \
  X(DnsNeedRecord, server_address, 32)        \
  X(DnsNeedRecord, zone, 48)                  \
  X(DnsNeedRecord, content, 56)               \
  X(DnsNeedRecord, name_bytes, 64)            \
  X(DnsNeedRecord, text_bytes, 68)            \
  X(DnsNeedRecord, bytes, 72)                 \
  X(DnsNeedRecord, ip_version, 76)

// X(struct)
#define WIRETALLY_RECORDS(X) \
  X(BatchHeader)             \
  X(RecordHeader)            \
  X(FlowRecord)              \
  X(HelloRecord)             \
  X(DnsRecord)               \
  X(HostObservationRecord)   \
  X(ExchangeRecord)          \
  X(CaptureRecord)           \
  X(CountersRecord)          \
  X(HostTotalsRecord)        \
  X(ServiceRecord)           \
  X(OutcomeRecord)           \
  X(AccountRecord)           \
  X(HeardRecord)             \
  X(QuicPeersRecord)         \
  X(DnsNeedRecord)

#define WIRETALLY_ASSERT_OFFSET(record, field, offset) static_assert(offsetof(record, field) == (offset));
WIRETALLY_FIELDS(WIRETALLY_ASSERT_OFFSET)
#undef WIRETALLY_ASSERT_OFFSET

}  // namespace wiretally
