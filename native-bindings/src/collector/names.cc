// Names: the remembered answers.
#include "names.h"

namespace wiretally {

void Names::set_lookup(std::unique_ptr<Lookup> lookup, NameSet ciphers) {
  lookup_ = std::move(lookup);
  ciphers_ = std::move(ciphers);
  ++number_;
  listed_.clear();
  networks_.clear();
}

bool Names::is_listed(std::string_view name) {
  const auto known = listed_.find(name);
  if (known != listed_.end()) return known->second;
  if (listed_.size() >= kMaxRemembered) listed_.clear();
  std::string text(name);
  const bool answer = lookup_->is_listed(text);
  listed_.emplace(std::move(text), answer);
  return answer;
}

bool Names::is_in_network(const Address& address) {
  const auto known = networks_.find(address);
  if (known != networks_.end()) return known->second;
  if (networks_.size() >= kMaxRemembered) networks_.clear();
  const bool answer = lookup_->is_in_network(address.text());
  networks_.emplace(address, answer);
  return answer;
}

uint8_t Names::traits_of(const HelloForm& hello) {
  if (hello.asked_of != number_) {
    hello.traits = lookup_->traits_of(hello);
    hello.asked_of = number_;
  }
  return hello.traits;
}

}  // namespace wiretally
