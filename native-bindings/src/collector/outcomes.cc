// Outcomes: finds names for connections without one, and answers for queries.
#include "outcomes.h"

#include <algorithm>

#include "../base/ports.h"
#include "../protocol/http.h"
#include "texts.h"

namespace wiretally {

namespace {

// Maximum wait for an answer. Stub resolvers repeat a query after 1 to 5 s, so a later answer is useless.
constexpr int64_t kUnansweredUs = 12 * kSecondUs;
// Minimum age of an unanswered query at the end of a capture. A younger one may have been answered later.
constexpr int64_t kUnansweredAtEndUs = 4 * kSecondUs;
// Retention of refusals, longer than any query waits.
constexpr int64_t kRefusedKeptUs = 600 * kSecondUs;
// Retention of names, because programs cache addresses longer than their TTL.
constexpr int64_t kNamesKeptUs = 7200 * kSecondUs;
// Maximum names of one address.
constexpr size_t kMaxNames = 8;
// Maximum time in which a second mirror port copies a packet.
constexpr int64_t kMirroredUs = 50'000;
// Minimum time until a resolver gives up a server. A query that is repeated earlier was answered.
constexpr int64_t kMinWaitUs = 300'000;
// Maximum copies of one query.
constexpr size_t kMaxCopies = 8;
// Types of queries for addresses (RFC 1035 section 3.2.2, RFC 3596 section 2.1).
constexpr uint16_t kTypeA = 1;
constexpr uint16_t kTypeAaaa = 28;

bool is_zero(const Address& address) { return address.words[0] == 0 && address.words[1] == 0; }

bool is_redirection(const OutcomeKey& key) {
  return key.kind == static_cast<uint8_t>(OutcomeKind::kConnectStatus) && key.port == kHttpPort &&
         (key.detail / 100 == 3 || key.detail == kNetworkLogin);
}

std::string first_text(const std::vector<Address>& addresses) {
  std::string first;
  for (const Address& address : addresses) {
    std::string text = address.text();
    if (first.empty() || text_is_before(text, first)) first = std::move(text);
  }
  return first;
}

}  // namespace

void Outcomes::add(Outcome outcome) {
  if (!outcome.key.name.empty()) {
    put(outcome.key, outcome.numbers);
  } else if (nameless_.size() < kMaxNameless) {
    nameless_.push_back(std::move(outcome));
  } else {
    ++overflow;
  }
}

void Outcomes::name_until(int64_t until_us) {
  const auto waiting = std::partition(nameless_.begin(), nameless_.end(),
                                      [&](const Outcome& outcome) { return outcome.numbers.first_us > until_us; });
  for (auto outcome = waiting; outcome != nameless_.end(); ++outcome) name(&*outcome);
  nameless_.erase(waiting, nameless_.end());
}

// Names a connection: the name that the host resolved to the server, else the name noted for the address from any host.
// A connection without either is dropped, except one to a proxy. A redirection comes from the network, whatever the
// name.
void Outcomes::name(Outcome* outcome) {
  OutcomeKey& key = outcome->key;
  const int64_t ts_us = outcome->numbers.first_us;
  if (key.kind == static_cast<uint8_t>(OutcomeKind::kIcmp) && key.port == kDnsPort) {
    if (refused_.size() >= kMaxQuestions) return;
    Refused& refused = refused_[Ends{key.host, key.server, outcome->client_port}];
    refused = std::max(refused, Refused{ts_us, key.detail, outcome->numbers.by});
    return;
  }
  const bool is_proxied = outcome->numbers.sums[kSumProxied] != 0;
  const bool is_of_network = is_redirection(key) && !is_proxied;
  const Address& server = outcome->target.value_or(key.server);
  const std::string* name = is_of_network ? nullptr : dns_->name_of(key.host, server, ts_us);
  if (name == nullptr && !is_of_network) name = noted_name(server, ts_us);
  // After a truncated answer, an outcome at the port of DNS is that of the second query, over TCP.
  const bool is_of_resolver = key.port == kDnsPort && truncated_.contains(Ends{key.host, key.server, 0});
  if (name != nullptr && !is_of_resolver) {
    key.name = *name;
  } else if (is_of_resolver) {
    key.name.clear();
  } else if (!is_of_network && !is_proxied && (!is_proxy_port(key.port) || !is_private(key.server))) {
    return;
  }
  put(key, outcome->numbers);
}

void Outcomes::note_name(const Address& address, const std::string& name, int64_t ts_us) {
  if (names_.size() >= kMaxNameless) return;
  std::vector<Named>& list = names_[address];
  const auto existing = std::find_if(list.begin(), list.end(), [&](const Named& entry) {
    return entry.name == name && ts_us >= entry.first_us - kNamesKeptUs && ts_us <= entry.last_us + kNamesKeptUs;
  });
  if (existing != list.end()) {
    existing->first_us = std::min(existing->first_us, ts_us);
    existing->last_us = std::max(existing->last_us, ts_us);
  } else if (list.size() < kMaxNames) {
    list.push_back(Named{ts_us, ts_us, name});
  }
}

// Returns the name that was set for the address, else the latest one noted up to kLateAnswerUs after `ts_us`, so that
// the result does not depend on answers that are added later.
const std::string* Outcomes::noted_name(const Address& address, int64_t ts_us) const {
  const auto found = names_.find(address);
  if (found == names_.end()) return nullptr;
  const Named* best = nullptr;
  for (const Named& entry : found->second) {
    if (entry.is_given()) return &entry.name;
    if (entry.first_us > ts_us + DnsMap::kLateAnswerUs || entry.last_us < ts_us - kNamesKeptUs) continue;
    const bool is_better = best == nullptr ||
                           (entry.first_us != best->first_us ? entry.first_us > best->first_us
                                                             : text_is_before(entry.name, best->name));
    if (is_better) best = &entry;
  }
  return best == nullptr ? nullptr : &best->name;
}

void Outcomes::add(const NameMessage& message, const std::string& name) {
  latest_us_ = std::max(latest_us_, message.ts_us);
  if (message.query_type != kTypeA && message.query_type != kTypeAaaa) return;
  if (message.is_logged) {
    add_logged_answer(message, name);
    return;
  }
  for (const Address& address : message.addresses) {
    if (address.ip_version == 6) note_name(address, name, message.ts_us);
  }
  const QueryKey query{message.client,      message.server,     message.names.front(),
                       message.client_port, message.message_id, message.query_type};
  auto existing = questions_.find(query);
  if (existing == questions_.end()) {
    if (questions_.size() >= kMaxQuestions) {
      ++overflow;
      return;
    }
    existing = questions_.emplace(query, Question{name, message.ts_us, {}, {}}).first;
    by_time_.emplace(message.ts_us, &existing->first);
  }
  Question& question = existing->second;
  if (!message.is_response) {
    if (question.asked_us.size() < kMaxCopies) question.asked_us.push_back(message.ts_us);
  } else if (question.answers.size() < kMaxCopies) {
    question.answers.push_back(answer_of(message));
  }
  if (message.is_truncated && truncated_.size() < kMaxQuestions) {
    int64_t& truncated_us =
        truncated_.try_emplace(Ends{message.client, message.server, 0}, message.ts_us).first->second;
    truncated_us = std::max(truncated_us, message.ts_us);
  }
}

// Adds a query of a log, which contains its answer or none. The time between them is not measured.
void Outcomes::add_logged_answer(const NameMessage& message, const std::string& name) {
  if (!message.is_response) return;
  Answer answer = answer_of(message);
  // Many logs omit the addresses of an answer. Without them, only a code or a block shows that there are none.
  if (answer.kind == QuestionKind::kEmpty) {
    if (!message.is_blocked) return;
    answer.kind = QuestionKind::kZero;
  }
  put_question(QueryKey{message.client, message.server, {}, 0, 0, 0}, name, answer, message.ts_us);
}

Outcomes::Answer Outcomes::answer_of(const NameMessage& message) const {
  const std::vector<Address>& addresses = message.addresses;
  if (message.rcode != 0) return {message.ts_us, QuestionKind::kError, message.rcode, {}};
  if (addresses.empty() && message.is_truncated)
    return {message.ts_us, QuestionKind::kTruncated, message.query_type, {}};
  if (addresses.empty()) return {message.ts_us, QuestionKind::kEmpty, message.query_type, {}, !message.is_part};
  const auto has_only = [&](const auto& is) { return std::all_of(addresses.begin(), addresses.end(), is); };
  QuestionKind kind = QuestionKind::kAnswered;
  if (has_only(is_zero)) {
    kind = QuestionKind::kZero;
  } else if (has_only([&](const Address& address) { return is_private(address); })) {
    kind = QuestionKind::kPrivate;
  }
  return {message.ts_us, kind, message.query_type, first_text(addresses)};
}

void Outcomes::put_question(const QueryKey& query, const std::string& name, const Answer& answer, int64_t asked_us) {
  OutcomeNumbers numbers(asked_us);
  numbers.set_delay(static_cast<uint64_t>(answer.ts_us - asked_us));
  numbers.by = answer.by;
  put({query.client, query.server, name, answer.detail, kDnsPort, static_cast<uint8_t>(answer.kind)}, numbers);
}

// Concludes a query. Its copies share its number. With an answer for each, they belong together in order; with fewer,
// the answers belong to the last copies, and the first ones were lost.
void Outcomes::conclude(const QueryKey& query, Question question, int64_t now_us) {
  std::sort(question.asked_us.begin(), question.asked_us.end());
  std::stable_sort(question.answers.begin(), question.answers.end(),
                   [](const Answer& a, const Answer& b) { return a.ts_us < b.ts_us; });
  const auto& asked_us = question.asked_us;
  question.asked_us.erase(std::unique(question.asked_us.begin(), question.asked_us.end(),
                                      [](int64_t first_us, int64_t us) { return us - first_us < kMirroredUs; }),
                          question.asked_us.end());
  question.answers.erase(std::unique(question.answers.begin(), question.answers.end(),
                                     [](const Answer& first, const Answer& answer) {
                                       return answer.ts_us - first.ts_us < kMirroredUs && answer.kind == first.kind &&
                                              answer.detail == first.detail && answer.by == first.by;
                                     }),
                         question.answers.end());
  const auto refused = refused_.find(Ends{query.client, query.server, query.port});
  // At the end of a capture, it may be answered later.
  const int64_t last_us = asked_us.empty() ? now_us : asked_us.back();
  const bool is_refused = refused != refused_.end() && refused->second.ts_us >= last_us;
  size_t count = asked_us.size();
  if (now_us - last_us < kUnansweredAtEndUs && !is_refused && question.answers.size() < count) --count;
  const size_t unanswered = count - std::min(count, question.answers.size());
  const int64_t until_us = refused == refused_.end() ? now_us : std::min(now_us, refused->second.ts_us);
  for (size_t i = 0; i < unanswered; ++i) {
    const int64_t waited_us = std::max<int64_t>(0, std::min(until_us, asked_us[i] + kUnansweredUs) - asked_us[i]);
    if (waited_us < kMinWaitUs && !is_refused) continue;
    Answer none{asked_us[i] + waited_us, QuestionKind::kUnanswered, 0, {}};
    if (is_refused) {
      none.detail = refused->second.detail;
      none.by = refused->second.by;
    }
    put_question(query, question.name, none, asked_us[i]);
  }
  for (size_t i = 0; i < question.answers.size(); ++i) {
    const Answer& answer = question.answers[i];
    if (!answer.is_known) continue;
    const int64_t sent_us = unanswered + i < count ? asked_us[unanswered + i] : answer.ts_us;
    put_question(query, question.name, answer, std::min(sent_us, answer.ts_us));
  }
}

void Outcomes::conclude_before(int64_t before_us, int64_t now_us) {
  while (!by_time_.empty() && by_time_.begin()->first <= before_us) {
    const auto concluded = questions_.find(*by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
    const auto node = questions_.extract(concluded);
    conclude(node.key(), std::move(node.mapped()), now_us);
  }
}

void Outcomes::settle(int64_t until_us) {
  latest_us_ = std::max(latest_us_, until_us);
  name_until(until_us);
  conclude_before(until_us - kUnansweredUs, until_us);
}

void Outcomes::finish(const int64_t* last_us) {
  name_until(INT64_MAX);
  conclude_before(INT64_MAX, last_us == nullptr ? latest_us_ : *last_us);
}

void Outcomes::expire(int64_t until_us) {
  std::erase_if(refused_, [&](const auto& entry) { return entry.second.ts_us < until_us - kRefusedKeptUs; });
  std::erase_if(truncated_, [&](const auto& entry) { return entry.second < until_us - kRefusedKeptUs; });
  for (auto at = names_.begin(); at != names_.end();) {
    std::erase_if(at->second, [&](const Named& entry) { return entry.last_us < until_us - kNamesKeptUs; });
    at = at->second.empty() ? names_.erase(at) : std::next(at);
  }
}

}  // namespace wiretally
