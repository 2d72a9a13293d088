// Builds frames for tests from the inside out: each call puts one header before the bytes it is given.
#pragma once

#include <initializer_list>

#include "../../native-bindings/src/packet/checksum.h"
#include "bytes.h"

namespace frames {

using bytes::add;
using bytes::add_number;
using bytes::Bytes;

inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) add(&out, part);
  return out;
}

// `fields` are (value, size in bytes) in network order, then what follows.
struct Field {
  uint64_t value;
  int size;
};
inline Bytes header(std::initializer_list<Field> fields, const Bytes& inner) {
  Bytes out;
  for (const Field& field : fields) add_number(&out, field.value, field.size);
  add(&out, inner);
  return out;
}

inline Bytes ethernet(uint16_t type, const Bytes& inner) {
  return header({{0x020000000001, 6}, {0x020000000002, 6}, {type, 2}}, inner);
}
inline Bytes vlan(uint16_t id, uint16_t type, const Bytes& inner) { return header({{id, 2}, {type, 2}}, inner); }

struct Ip4 {
  uint8_t protocol = 6;
  uint32_t source = 0x0a000001;
  uint32_t destination = 0x0a000002;
  uint16_t id = 1;
  uint16_t fragment = 0;  // flags and offset as in the header
  Bytes options = {};
};
inline Bytes ip4(const Ip4& ip, const Bytes& inner) {
  const size_t length = 20 + ip.options.size();
  Bytes head = header({{0x40 + length / 4, 1},
                       {0, 1},
                       {length + inner.size(), 2},
                       {ip.id, 2},
                       {ip.fragment, 2},
                       {64, 1},
                       {ip.protocol, 1},
                       {0, 2},
                       {ip.source, 4},
                       {ip.destination, 4}},
                      ip.options);
  const uint16_t sum = static_cast<uint16_t>(~wiretally::ones_complement_sum(wiretally::Span{head.data(), length}, 0));
  head[10] = static_cast<uint8_t>(sum >> 8);
  head[11] = static_cast<uint8_t>(sum);
  return joined({head, inner});
}

// 2001:db8::1 to 2001:db8::2.
inline Bytes ip6(uint8_t next, const Bytes& inner) {
  return header({{0x60000000, 4},
                 {inner.size(), 2},
                 {next, 1},
                 {64, 1},
                 {0x20010db800000000, 8},
                 {1, 8},
                 {0x20010db800000000, 8},
                 {2, 8}},
                inner);
}
inline Bytes ip6_fragment(uint8_t next, uint16_t offset_flags, uint32_t id, const Bytes& inner) {
  return header({{next, 1}, {0, 1}, {offset_flags, 2}, {id, 4}}, inner);
}

inline Bytes tcp(uint16_t source, uint16_t destination, const Bytes& payload) {
  return header({{source, 2}, {destination, 2}, {1000, 4}, {2000, 4}, {0x5018, 2}, {65535, 2}, {0, 4}}, payload);
}
inline Bytes udp(uint16_t source, uint16_t destination, const Bytes& payload) {
  return header({{source, 2}, {destination, 2}, {8 + payload.size(), 2}, {0, 2}}, payload);
}

inline Bytes filled(size_t size, uint8_t from = 0) {
  Bytes out(size);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(from + i);
  return out;
}

}  // namespace frames
