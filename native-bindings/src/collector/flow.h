// Flow and the other records as the collector stores them: times in microseconds, with their own texts.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "../base/event.h"
#include "address.h"

namespace wiretally {

constexpr int64_t kSecondUs = 1'000'000;

// A MAC as a number, first byte highest, so that numbers and texts have one order. 0: none.
using Mac = uint64_t;

// The form of a ClientHello. All flows with it share one object.
struct HelloForm {
  std::string transport;  // a word of src/model/usage.ts and flow.ts
  std::string ja4;
  std::string ja3;
  std::string ech;
  std::vector<std::string> alpn;
  std::string key;  // The key of rowKey in src/window/sums.ts.
  // Number of the lookup that answered, see Names.
  mutable uint32_t asked_of = 0;
  mutable uint8_t traits = 0;
};

// Fields that a row of a log may lack, see LoggedBytes of src/model/flow.ts.
enum LoggedFlags : uint8_t { kLogged = 1 << 0, kHasUp = 1 << 1, kHasDown = 1 << 2, kLargeLogged = 1 << 3 };

// The slice of a flow. It is shared and constant: a change creates another object.
struct Flow {
  uint64_t id = 0;
  int64_t flow_first_us = 0;
  int64_t first_us = 0;
  int64_t last_us = 0;
  int64_t hello_us = 0;  // Set with has_hello_us only.
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  uint64_t payload_up = 0;
  uint64_t payload_down = 0;
  uint64_t hello_hash = 0;  // 0: none
  uint32_t packets_up = 0;
  uint32_t packets_down = 0;
  uint32_t lost_up = 0;
  uint32_t lost_down = 0;
  uint32_t multipath_token = 0;
  uint8_t look = 0;        // LookFlags
  uint8_t client_ttl = 0;  // 0: not known
  uint16_t marks = 0;      // FlowMarks
  uint32_t hello_bytes = 0;
  Address client;
  Address server;
  Mac client_mac = 0;
  Mac server_mac = 0;
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  uint16_t flags = 0;          // FlowFlags
  uint16_t counted_kinds = 0;  // NotVisibleKinds
  FlowEnd end = FlowEnd::kOpen;
  ClientKnownBy client_known_by = ClientKnownBy::kFirstPacket;
  ProxyKind proxy_kind = ProxyKind::kNone;
  AppHint app_hint = AppHint::kUnknown;
  bool is_tcp = true;
  bool has_hello_us = false;
  bool has_ech = false;
  bool has_ech_config = false;  // ECH has the form of RFC 9849.
  uint8_t ech_config_id = 0;
  uint8_t logged = 0;                      // LoggedFlags
  std::shared_ptr<const HelloForm> hello;  // null without one
  std::string sni;                         // empty: none, like the others
  std::string other_sni;
  std::string proxy_target;
  std::string user_agent;
  std::vector<uint16_t> vlans;

  bool has(FlowFlags flag) const { return (flags & flag) != 0; }
  uint64_t packets() const { return uint64_t{packets_up} + packets_down; }
  uint64_t bytes() const { return bytes_up + bytes_down; }
  uint64_t payload() const { return payload_up + payload_down; }
  uint64_t lost() const { return uint64_t{lost_up} + lost_down; }
  // True if the hello counts in this slice, which contains its last packet.
  bool holds_hello() const { return has_hello_us && hello_us >= first_us && hello_us <= last_us; }
  // True if the slice only reports the end of the flow, whose packets are in earlier slices.
  bool is_bare_end() const { return has(kFlowLastSlice) && packets() == 0; }
};

using FlowPtr = std::shared_ptr<const Flow>;

struct Exchange {
  uint64_t flow_id = 0;
  int64_t start_us = 0;
  uint64_t bytes_up = 0;
  uint64_t bytes_down = 0;
  uint32_t records_up = 0;
  uint32_t records_down = 0;
  uint32_t largest_up = 0;
  uint32_t largest_down = 0;
  uint32_t first_down = 0;
  uint32_t wait_ms = 0;
  uint32_t answer_ms = 0;
  uint32_t largest_gap_ms = 0;
  uint32_t upload_ms = 0;
  uint32_t messages_up = 0;
  uint32_t flags = 0;

  int64_t end_us() const { return start_us + (int64_t{upload_ms} + wait_ms + answer_ms) * 1000; }
};

struct NameMessage {
  int64_t ts_us = 0;
  Address client;
  Address server;
  uint32_t ttl_seconds = 0;
  uint32_t ech_ttl_seconds = 0;  // Set with offers_ech only.
  uint32_t client_mac_tail = 0;
  uint16_t client_port = 0;
  uint16_t message_id = 0;
  uint16_t query_type = 0;
  uint8_t rcode = 0;
  bool is_response = false;
  bool offers_ech = false;
  bool is_multicast = false;
  bool is_logged = false;
  bool is_blocked = false;
  bool is_part = false;
  bool is_truncated = false;
  std::vector<std::string> names;  // that of the query, then its CNAMEs
  std::vector<Address> addresses;
};

struct Observation {
  int64_t ts_us = 0;
  Address address;
  bool has_address = false;
  bool is_by_owner = false;
  ObservationSource source = ObservationSource::kArp;
  Mac mac = 0;
  std::string name;  // empty: none
};

// Returns "client port server port".
std::string ends_text(const Flow& flow);

}  // namespace wiretally
