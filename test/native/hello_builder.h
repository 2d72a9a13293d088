// Builds ClientHello messages from the lists that a test is about.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bytes.h"

struct HelloBuilder {
  uint16_t version = 0x0303;
  bytes::Bytes random = bytes::Bytes(32, 0x5a);
  bytes::Bytes session_id;
  bytes::Bytes cookie;
  bool is_dtls = false;
  std::vector<uint16_t> ciphers = {0x1301};
  std::vector<std::pair<uint16_t, bytes::Bytes>> extensions;
  bool has_extensions = true;

  HelloBuilder& extension(uint16_t type, bytes::Bytes body = {}) {
    extensions.emplace_back(type, std::move(body));
    return *this;
  }
  HelloBuilder& u16_list(uint16_t type, const std::vector<uint16_t>& values) {
    bytes::Bytes body;
    bytes::add_number(&body, values.size() * 2, 2);
    for (const uint16_t value : values) bytes::add_number(&body, value, 2);
    return extension(type, body);
  }
  HelloBuilder& versions(const std::vector<uint16_t>& values) {
    bytes::Bytes body;
    bytes::add_number(&body, values.size() * 2, 1);
    for (const uint16_t value : values) bytes::add_number(&body, value, 2);
    return extension(43, body);
  }
  HelloBuilder& point_formats(const bytes::Bytes& formats) {
    bytes::Bytes body;
    bytes::add_counted(&body, formats, 1);
    return extension(11, body);
  }
  HelloBuilder& sni(const std::string& name) {
    bytes::Bytes entry = {0};
    bytes::add_number(&entry, name.size(), 2);
    bytes::add_text(&entry, name);
    bytes::Bytes body;
    bytes::add_counted(&body, entry, 2);
    return extension(0, body);
  }
  HelloBuilder& alpn(const std::vector<bytes::Bytes>& protocols) {
    bytes::Bytes list;
    for (const bytes::Bytes& protocol : protocols) bytes::add_counted(&list, protocol, 1);
    bytes::Bytes body;
    bytes::add_counted(&body, list, 2);
    return extension(16, body);
  }

  bytes::Bytes build() const {
    bytes::Bytes body;
    bytes::add_number(&body, version, 2);
    bytes::add(&body, random);
    bytes::add_counted(&body, session_id, 1);
    if (is_dtls) bytes::add_counted(&body, cookie, 1);
    bytes::add_number(&body, ciphers.size() * 2, 2);
    for (const uint16_t cipher : ciphers) bytes::add_number(&body, cipher, 2);
    bytes::add(&body, {1, 0});
    if (has_extensions) {
      bytes::Bytes all;
      for (const auto& [type, content] : extensions) {
        bytes::add_number(&all, type, 2);
        bytes::add_counted(&all, content, 2);
      }
      bytes::add_counted(&body, all, 2);
    }
    bytes::Bytes message = {1};
    bytes::add_counted(&message, body, 3);
    return message;
  }
};
