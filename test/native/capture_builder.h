// Builds pcap and pcapng files in memory, in either byte order.
#pragma once

#include "bytes.h"

namespace captures {

using bytes::add;
using bytes::Bytes;

// Writes numbers in one byte order.
struct Writer {
  bool is_big = false;
  Bytes out = {};

  Writer& number(uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
      out.push_back(static_cast<uint8_t>(value >> (8 * (is_big ? size - 1 - i : i))));
    }
    return *this;
  }
  Writer& u16(uint64_t value) { return number(value, 2); }
  Writer& u32(uint64_t value) { return number(value, 4); }
  Writer& u64(uint64_t value) { return number(value, 8); }
  Writer& raw(const Bytes& bytes) {
    add(&out, bytes);
    return *this;
  }
};

struct Pcap : Writer {
  explicit Pcap(bool big, uint32_t magic = 0xa1b2c3d4, uint32_t link = 1, uint16_t minor = 4, uint32_t snaplen = 65535)
      : Writer{big} {
    u32(magic).u16(2).u16(minor).u32(0).u32(0).u32(snaplen).u32(link);
  }
  Pcap& record(uint32_t seconds, uint32_t fraction, const Bytes& data, uint32_t wire_bytes) {
    u32(seconds).u32(fraction).u32(data.size()).u32(wire_bytes);
    raw(data);
    return *this;
  }
};

struct Pcapng : Writer {
  explicit Pcapng(bool big) : Writer{big} { section(big); }

  Pcapng& block(uint32_t type, const Bytes& body) {
    const size_t padded = (body.size() + 3) / 4 * 4;
    u32(type).u32(padded + 12).raw(body);
    out.resize(out.size() + padded - body.size());
    u32(padded + 12);
    return *this;
  }
  // A length that is no multiple of four, of a body without padding; behind it the padding that the length leaves out.
  Pcapng& odd_block(uint32_t type, const Bytes& body, size_t padding) {
    u32(type).u32(body.size() + 12).raw(body);
    out.resize(out.size() + padding);
    u32(body.size() + 12);
    return *this;
  }
  // Later numbers are in the new section's order.
  Pcapng& section(bool big, uint16_t major = 1) {
    is_big = big;
    Writer body{big};
    body.u32(0x1a2b3c4d).u16(major).u16(0).u64(UINT64_MAX);
    return block(0x0a0d0d0a, body.out);
  }
  Writer body() const { return Writer{is_big}; }
  Pcapng& interface(uint16_t link_type, uint32_t snaplen = 0, const Bytes& options = {}) {
    return block(1, body().u16(link_type).u16(0).u32(snaplen).raw(options).out);
  }
  Bytes option(uint16_t code, const Bytes& value) const {
    Bytes padded = value;
    padded.resize((value.size() + 3) / 4 * 4);
    return body().u16(code).u16(value.size()).raw(padded).out;
  }
  Pcapng& statistics(uint32_t interface, const std::vector<Bytes>& options) {
    Writer content = body();
    content.u32(interface).u32(0).u32(0);
    for (const Bytes& option : options) content.raw(option);
    return block(5, content.out);
  }
  Pcapng& enhanced(uint32_t interface, uint64_t time, const Bytes& data, uint32_t wire_bytes,
                   const Bytes& options = {}) {
    Bytes padded = data;
    padded.resize((data.size() + 3) / 4 * 4);
    return block(
        6,
        body().u32(interface).u32(time >> 32).u32(time).u32(data.size()).u32(wire_bytes).raw(padded).raw(options).out);
  }
  Pcapng& obsolete(uint16_t interface, uint64_t time, const Bytes& data, uint32_t wire_bytes, uint16_t drops = 0) {
    Writer content = body();
    content.u16(interface).u16(drops).u32(time >> 32).u32(time).u32(data.size()).u32(wire_bytes).raw(data);
    return block(2, content.out);
  }
  Pcapng& simple(const Bytes& data, uint32_t wire_bytes) { return block(3, body().u32(wire_bytes).raw(data).out); }
};

}  // namespace captures
