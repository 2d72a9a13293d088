// Builds DNS messages, names written out without compression.
#pragma once

#include <string>

#include "bytes.h"

class DnsBuilder {
 public:
  explicit DnsBuilder(uint16_t flags = 0x8180) : flags_(flags) {}

  static bytes::Bytes name(const std::string& text) {
    bytes::Bytes out;
    size_t begin = 0;
    while (begin < text.size()) {
      const size_t end = std::min(text.find('.', begin), text.size());
      bytes::add_number(&out, end - begin, 1);
      bytes::add_text(&out, std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
    }
    out.push_back(0);
    return out;
  }

  DnsBuilder& question(const std::string& of, uint16_t type) {
    bytes::add(&body_, name(of));
    bytes::add_number(&body_, type, 2);
    bytes::add_number(&body_, 1, 2);
    ++counts_[0];
    return *this;
  }
  DnsBuilder& record(const std::string& owner, uint16_t type, uint32_t ttl, const bytes::Bytes& data,
                     uint16_t record_class = 1) {
    bytes::Bytes raw = name(owner);
    bytes::add_number(&raw, type, 2);
    bytes::add_number(&raw, record_class, 2);
    bytes::add_number(&raw, ttl, 4);
    bytes::add_counted(&raw, data, 2);
    return raw_answer(raw, 1);
  }
  DnsBuilder& cname(const std::string& owner, const std::string& target, uint32_t ttl) {
    return record(owner, 5, ttl, name(target));
  }
  // The address in hexadecimal: 8 digits or 32.
  DnsBuilder& address(const std::string& owner, const std::string& of, uint32_t ttl) {
    return record(owner, of.size() == 8 ? 1 : 28, ttl, bytes::hex(of));
  }
  DnsBuilder& raw_answer(const bytes::Bytes& raw, uint16_t count) {
    bytes::add(&body_, raw);
    counts_[1] = static_cast<uint16_t>(counts_[1] + count);
    return *this;
  }
  DnsBuilder& additional(const bytes::Bytes& raw) {
    bytes::add(&body_, raw);
    ++counts_[3];
    return *this;
  }

  bytes::Bytes build() const {
    bytes::Bytes out;
    bytes::add_number(&out, 0x1234, 2);
    bytes::add_number(&out, flags_, 2);
    for (const uint16_t count : counts_) bytes::add_number(&out, count, 2);
    bytes::add(&out, body_);
    return out;
  }

 private:
  uint16_t flags_;
  uint16_t counts_[4] = {};
  bytes::Bytes body_;
};
