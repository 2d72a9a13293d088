// Names: knowledge of the catalogue about names, addresses and hellos. It asks Lookup once for each name and hello, and
// caches answers in bounded memory until the catalogue changes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "../packet/network_list.h"
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

// The catalogue, like UsageLookup of src/model/usage.ts.
class Lookup {
 public:
  virtual ~Lookup() = default;
  virtual bool is_listed(const std::string& name) = 0;
  // True for names whose addresses are needed: those of the catalogue and of a policy.
  virtual bool is_looked_up(const std::string& name) = 0;
  virtual uint8_t traits_of(const HelloForm& hello) = 0;
  virtual uint8_t shape_of(const Exchange& exchange) = 0;
  virtual bool is_loop(const std::vector<Call>& calls, const std::vector<Call>& messages) = 0;
};

using NameSet = std::unordered_set<std::string, TextHash, std::equal_to<>>;

class Names {
 public:
  Names(NameSet ech_names, NameSet doh_names, NameSet tunnel_names)
      : ech_names_(std::move(ech_names)), doh_names_(std::move(doh_names)), tunnel_names_(std::move(tunnel_names)) {}

  // `ciphers`: JA4_b parts of the catalogue's runtimes. `networks`: networks of vendors.
  void set_lookup(std::unique_ptr<Lookup> lookup, NameSet ciphers, NetworkList networks);
  Lookup& lookup() { return *lookup_; }

  bool is_listed(std::string_view name) { return (kinds_of(name) & kListed) != 0; }
  bool is_looked_up(std::string_view name) { return (kinds_of(name) & kLookedUp) != 0; }
  bool is_in_network(const Address& address) const { return networks_.contains(address.bytes(), address.ip_version); }
  uint8_t traits_of(const HelloForm& hello);
  bool has_cipher(std::string_view cipher) const { return ciphers_.contains(cipher); }
  // True for an outer name of Encrypted ClientHello.
  bool is_ech_name(std::string_view name) const { return ech_names_.contains(name); }
  // True for a public resolver of DNS over HTTPS.
  bool is_doh_name(std::string_view name) const { return hiding_of(name).is_doh; }
  // True for gateways of VPNs and relays: exact, or below a suffix that begins with a dot.
  bool is_tunnel_name(std::string_view name) const { return hiding_of(name).is_tunnel; }
  // Returns the name of a resolver or tunnel; empty for other names.
  std::string_view hiding_name_of(const std::string& name);

 private:
  // Maximum cached answers. An evicted one is requested again.
  static constexpr size_t kMaxRemembered = 16'384;

  struct Hiding {
    bool is_doh = false;
    bool is_tunnel = false;
  };
  Hiding hiding_of(std::string_view name) const;

  NameSet ech_names_;
  NameSet doh_names_;
  NameSet tunnel_names_;
  // The last answer, because several functions that process a flow ask in sequence.
  mutable std::string asked_;
  mutable Hiding answer_;
  // Names in the traffic. They outlive it.
  NameSet seen_names_;
  NameSet ciphers_;
  NetworkList networks_;
  std::unique_ptr<Lookup> lookup_;
  uint32_t number_ = 0;  // Number of the lookup.
  enum Kinds : uint8_t { kListed = 1 << 0, kLookedUp = 1 << 1 };
  uint8_t kinds_of(std::string_view name);
  std::unordered_map<std::string, uint8_t, TextHash, std::equal_to<>> listed_;
};

}  // namespace wiretally
