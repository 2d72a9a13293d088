// Address: an IP address of a record, as a key and as text in windows.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace wiretally {

struct Address {
  uint64_t words[2] = {0, 0};  // bytes as in records
  uint8_t ip_version = 4;      // 4 or 6

  // `bytes`: 16 bytes, as in records. Every other version is read as 6.
  static Address of(const uint8_t* bytes, uint8_t ip_version) {
    Address address;
    std::memcpy(address.words, bytes, sizeof address.words);
    address.ip_version = ip_version == 4 ? 4 : 6;
    if (address.ip_version == 4) {
      address.words[0] &= 0xffff'ffffU;
      address.words[1] = 0;
    }
    return address;
  }

  const uint8_t* bytes() const { return reinterpret_cast<const uint8_t*>(words); }
  size_t size() const { return ip_version == 4 ? 4 : 16; }
  bool operator==(const Address& other) const {
    return words[0] == other.words[0] && words[1] == other.words[1] && ip_version == other.ip_version;
  }

  // Formats the address after RFC 5952.
  std::string text() const;
  // True unless it is a group address or absent.
  bool is_unicast() const;
  // True for a global address of IPv6, whose text begins with 2 or 3 (RFC 4291 §2.4).
  bool is_global_ip6() const;
};

// Hashes with a secret of the process, so that external hosts cannot target one chain of a table.
uint64_t hash_words(uint64_t a, uint64_t b);
uint64_t hash_text(std::string_view text);

struct AddressHash {
  size_t operator()(const Address& address) const {
    return hash_words(address.words[0] ^ address.ip_version, address.words[1]);
  }
};

struct NumberHash {
  size_t operator()(uint64_t number) const { return hash_words(number, 0); }
};

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return hash_text(text); }
};

}  // namespace wiretally
