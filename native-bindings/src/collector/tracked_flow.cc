// Finds the names of flows.
#include "tracked_flow.h"

#include <algorithm>

#include "../base/address_text.h"
#include "texts.h"

namespace wiretally {

namespace {

// Minimum upload of a relayed model call to an unlisted name: a prompt with its context.
constexpr uint64_t kRelayMinUpBytes = 20'000;
// The answer to a model call arrives in several records, or in one long record from a buffering proxy. The answer to a
// telemetry post is one short record. Measured on the recordings.
constexpr uint32_t kRelayMinRecordsDown = 3;
constexpr uint64_t kRelayMinDownBytes = 2000;

// JA4_a is ten characters, followed by '_' and JA4_b with twelve.
constexpr size_t kCipherAt = 11;
constexpr size_t kCipherLength = 12;

IdentityPtr identity_of(const Flow& flow, std::string name, NameFrom from) {
  return make_identity(flow.client, std::move(name), from, flow.proxy_kind, flow.hello, flow.user_agent);
}

std::string bracketed(const Address& address) { return '[' + address.text() + ']'; }

// Returns the host of "host:port", lower case, without the trailing dot; empty: none.
std::string proxy_target(const Flow& flow) {
  if (flow.proxy_kind == ProxyKind::kNone) return {};
  std::string target = lower_case(flow.proxy_target);
  const size_t colon = target.rfind(':');
  if (colon != std::string::npos && colon > 0) target.resize(colon);
  if (!target.empty() && target.back() == '.') target.pop_back();
  return target;
}

bool is_host_discovery(const Flow& flow) {
  return is_host_discovery_port(flow.server_port) || is_host_discovery_port(flow.client_port);
}

// True if the flow has no name, or that of a relay.
bool lacks_name(const Flow& flow, const Names& names) { return flow.sni.empty() || hides_name(flow, names); }

}  // namespace

bool is_ai_runtime(const Flow& flow, Names* names) {
  return flow.hello != nullptr && (names->traits_of(*flow.hello) & kAiRuntime) != 0;
}

bool may_matter(const Flow& flow, const NameSources& sources) {
  Names* names = sources.names;
  if (!flow.user_agent.empty() || is_ai_runtime(flow, names)) return true;
  if (other_identity(flow, names) != nullptr) return true;
  if (!flow.sni.empty()) return names->is_listed(flow.sni) || hides_name(flow, *names);
  if (flow.proxy_kind != ProxyKind::kNone) return true;
  if (is_host_discovery(flow)) return false;
  if (may_send_hello_later(flow)) return true;
  return flow.payload() > 0 && address_identity(flow, sources) != nullptr;
}

bool is_unknown_yet(const Flow& flow, const NameSources& sources) {
  if (!flow.sni.empty() || flow.proxy_kind != ProxyKind::kNone || !flow.user_agent.empty() ||
      !may_send_hello_later(flow)) {
    return false;
  }
  if (is_host_discovery(flow)) return false;
  // Without payload, an address does not identify a name either.
  return flow.payload() == 0 || address_identity(flow, sources) == nullptr;
}

bool is_unwatched(const Flow& flow, const NameSources& sources) {
  Names* names = sources.names;
  if (flow.proxy_kind != ProxyKind::kNone || !flow.user_agent.empty() || flow.has(kFlowJoined)) return false;
  if (!is_fully_observed(flow, *names)) return false;
  if (flow.hello != nullptr) {
    const std::string_view ja4 = flow.hello->ja4;
    if (ja4.size() > kCipherAt && names->has_cipher(ja4.substr(kCipherAt, kCipherLength))) return false;
  }
  if (!flow.sni.empty()) {
    return !names->is_listed(flow.sni) && !names->is_ech_name(flow.sni);
  }
  if (is_host_discovery(flow)) return true;
  if (may_send_hello_later(flow)) return false;
  if (flow.payload() == 0) return true;
  return !names->is_in_network(flow.server) &&
         sources.dns->name_of(flow.client, flow.server, flow.flow_first_us) == nullptr;
}

IdentityPtr own_identity(const Flow& flow, Names* names) {
  if (!flow.sni.empty() && names->is_listed(flow.sni)) {
    return identity_of(flow, flow.sni, flow.hello == nullptr ? NameFrom::kHost : NameFrom::kSni);
  }
  if (IdentityPtr other = other_identity(flow, names)) return other;
  if (!lacks_name(flow, *names)) return nullptr;
  std::string target = proxy_target(flow);
  if (target.empty() || !names->is_listed(target)) return nullptr;
  return identity_of(flow, std::move(target), NameFrom::kProxy);
}

IdentityPtr other_identity(const Flow& flow, Names* names) {
  if (flow.other_sni.empty() || flow.other_sni == flow.sni || !names->is_listed(flow.other_sni)) return nullptr;
  return make_identity(flow.client, flow.other_sni, NameFrom::kSni, flow.proxy_kind, nullptr, flow.user_agent);
}

IdentityPtr address_identity(const Flow& flow, const NameSources& sources) {
  if (!lacks_name(flow, *sources.names)) return nullptr;
  const Address server = proxied_address(flow).value_or(flow.server);
  const std::string* resolved = sources.dns->name_of(flow.client, server, flow.flow_first_us);
  if (resolved != nullptr) return identity_of(flow, *resolved, NameFrom::kDns);
  if (!sources.names->is_in_network(server)) return nullptr;
  return identity_of(flow, bracketed(server), NameFrom::kNetwork);
}

std::optional<Address> proxied_address(const Flow& flow) {
  uint8_t bytes[16] = {};
  const uint8_t version = read_address_text(strip_brackets(proxy_target(flow)), bytes);
  if (version == 0) return std::nullopt;
  return Address::of(bytes, version);
}

IdentityPtr relay_identity(const Flow& flow, const std::vector<Exchange>& exchanges, Names* names) {
  if (flow.user_agent.empty()) {
    // For such a runtime, one large request is sufficient to suspect a relay.
    if (!is_ai_runtime(flow, names) || (names->traits_of(*flow.hello) & kNeedsLoop) != 0) return nullptr;
    if (std::none_of(exchanges.begin(), exchanges.end(), is_relayed_call)) return nullptr;
  }
  return unlisted_identity(flow);
}

bool is_relayed_call(const Exchange& exchange) {
  if (exchange.bytes_up < kRelayMinUpBytes) return false;
  return exchange.records_down >= kRelayMinRecordsDown || exchange.bytes_down >= kRelayMinDownBytes;
}

IdentityPtr unlisted_identity(const Flow& flow) {
  if (!flow.sni.empty()) {
    return identity_of(flow, flow.sni, flow.hello == nullptr ? NameFrom::kHost : NameFrom::kSni);
  }
  std::string target = proxy_target(flow);
  if (!target.empty()) return identity_of(flow, std::move(target), NameFrom::kProxy);
  return identity_of(flow, bracketed(flow.server), NameFrom::kHost);
}

}  // namespace wiretally
