// Names: what the catalogue says about names, addresses and hellos. It is asked once for each, through Lookup; answers are
// remembered in bounded memory until the catalogue changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "flow.h"

namespace wiretally {

enum HelloTraits : uint8_t {
  kAiRuntime = 1 << 0,          // AI tools are written for the runtime
  kNeedsLoop = 1 << 1,          // an unlisted name matters only with an agent loop
  kKeepsConversation = 1 << 2,  // connections in this form keep the conversation
};

// A request by its size and answer: src/catalogue/agent-loop.ts.
enum CallShape : uint8_t {
  kStreamedCall = 1 << 0,
  kMessage = 1 << 1,
  kStreamedMessage = 1 << 2,
  kMayBeCall = 1 << 3,
  kMayBeSideCall = 1 << 4,
};

struct Call {
  int64_t start_us;
  int64_t end_us;
  uint64_t bytes_up;
  bool is_streamed;
};

// The catalogue, as UsageLookup of src/model/usage.ts.
class Lookup {
 public:
  virtual ~Lookup() = default;
  virtual bool is_listed(const std::string& name) = 0;
  virtual uint8_t traits_of(const HelloForm& hello) = 0;
  virtual bool is_in_network(const std::string& address) = 0;
  virtual uint8_t shape_of(const Exchange& exchange) = 0;
  virtual bool is_loop(const std::vector<Call>& calls, const std::vector<Call>& messages) = 0;
};

using NameSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

class Names {
 public:
  Names(NameSet ech_names, NameSet doh_names) : ech_names_(std::move(ech_names)), doh_names_(std::move(doh_names)) {}

  // `ciphers`: JA4_b parts of the runtimes in it.
  void set_lookup(std::unique_ptr<Lookup> lookup, NameSet ciphers);
  Lookup& lookup() { return *lookup_; }

  bool is_listed(std::string_view name);
  bool is_in_network(const Address& address);
  uint8_t traits_of(const HelloForm& hello);
  bool has_cipher(std::string_view cipher) const { return ciphers_.contains(cipher); }
  // Outer names of Encrypted ClientHello.
  bool is_ech_name(std::string_view name) const { return ech_names_.contains(name); }
  // Public resolvers of DNS over HTTPS.
  bool is_doh_name(std::string_view name) const { return doh_names_.contains(name); }

 private:
  // Answers that are remembered; a lost one is asked for again.
  static constexpr size_t kMaxRemembered = 16'384;

  NameSet ech_names_;
  NameSet doh_names_;
  NameSet ciphers_;
  std::unique_ptr<Lookup> lookup_;
  uint32_t number_ = 0;  // of the lookup
  std::unordered_map<std::string, bool, TextHash, std::equal_to<>> listed_;
  std::unordered_map<Address, bool, AddressHash> networks_;
};

}  // namespace wiretally
