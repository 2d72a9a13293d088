// Names: caches the answers.
#include "names.h"

namespace wiretally {

void Names::set_lookup(std::unique_ptr<Lookup> lookup, NameSet ciphers, NetworkList networks) {
  lookup_ = std::move(lookup);
  ciphers_ = std::move(ciphers);
  networks_ = std::move(networks);
  ++number_;
  listed_.clear();
}

uint8_t Names::kinds_of(std::string_view name) {
  const auto known = listed_.find(name);
  if (known != listed_.end()) return known->second;
  if (listed_.size() >= kMaxRemembered) listed_.clear();
  std::string text(name);
  const bool is_listed = lookup_->is_listed(text);
  const bool is_looked_up = is_listed || lookup_->is_looked_up(text);
  const auto kinds = static_cast<uint8_t>((is_listed ? kListed : 0) | (is_looked_up ? kLookedUp : 0));
  listed_.emplace(std::move(text), kinds);
  return kinds;
}

Names::Hiding Names::hiding_of(std::string_view name) const {
  if (name == asked_) return answer_;
  asked_ = name;
  answer_ = {doh_names_.contains(name), tunnel_names_.contains(name)};
  for (size_t dot = name.find('.'); dot != std::string_view::npos && !answer_.is_tunnel;
       dot = name.find('.', dot + 1)) {
    answer_.is_tunnel = tunnel_names_.contains(name.substr(dot));
  }
  return answer_;
}

std::string_view Names::hiding_name_of(const std::string& name) {
  // Maximum names, because a name that changes with each connection need not be listed further.
  constexpr size_t kMaxSeen = 4096;
  const Hiding hiding = hiding_of(name);
  if (!hiding.is_doh && !hiding.is_tunnel) return {};
  if (seen_names_.size() >= kMaxSeen && !seen_names_.contains(name)) return "*";
  return *seen_names_.insert(name).first;
}

uint8_t Names::traits_of(const HelloForm& hello) {
  if (hello.asked_of != number_) {
    hello.traits = lookup_->traits_of(hello);
    hello.asked_of = number_;
  }
  return hello.traits;
}

}  // namespace wiretally
