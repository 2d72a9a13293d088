// OutcomeCells: results of connections and DNS queries of one window, as sums, maxima and minima by host, name, server
// and kind. The words and the merge law are those of src/model/outcome.ts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "address.h"

namespace wiretally {

// Kinds of DNS queries, after those of OutcomeKind: OUTCOME_KINDS of src/model/outcome.ts.
enum class QuestionKind : uint8_t {
  kAnswered = 21,
  kError = 22,
  kEmpty = 23,
  kZero = 24,
  kPrivate = 25,
  kUnanswered = 26,
  kTruncated = 27,
};

// OUTCOME_SUMS.
enum OutcomeSum : uint8_t {
  kSumCount,
  kSumProxied,
  kSumOutOfWindow,
  kSumContinued,
  kSumTls12,
  kSumByClient,
  kSumCutOff,
  kSumRepeated,
  kSumSegments,
  kSumDelayMs,
  kSumValue,
  kOutcomeSums,
};

// OUTCOME_MAXIMA; all but the last are OUTCOME_MINIMA too.
enum OutcomeMeasure : uint8_t {
  kDelayUs,
  kHandshakeUs,
  kTtl,
  kHandshakeTtl,
  kValue,
  kFastestKbit,
  kOutcomeMaxima,
  kOutcomeMinima = kFastestKbit,
};

// OUTCOME_DELAYS.
enum OutcomeDelay : uint8_t { kHandshakeDelay, kAnswerDelay, kOutcomeDelays };

// Delays by bucket, up to the last bucket above zero: DELAY_BOUNDS_MS of src/model/outcome.ts.
using DelayCounts = std::vector<uint32_t>;

struct OutcomeKey {
  Address host;
  Address server;
  std::string name;
  uint32_t detail = 0;
  uint16_t port = 0;
  uint8_t kind = 0;

  bool operator==(const OutcomeKey& other) const {
    return host == other.host && server == other.server && detail == other.detail && port == other.port &&
           kind == other.kind && name == other.name;
  }
};

struct OutcomeKeyHash {
  size_t operator()(const OutcomeKey& key) const {
    const uint64_t rest = uint64_t{key.detail} << 24 | uint64_t{key.port} << 8 | key.kind;
    return hash_words(hash_words(AddressHash{}(key.host), AddressHash{}(key.server)), hash_text(key.name) ^ rest);
  }
};

struct OutcomeNumbers {
  uint64_t sums[kOutcomeSums] = {};
  uint64_t maxima[kOutcomeMaxima] = {};
  uint64_t minima[kOutcomeMinima] = {};  // above zero; 0: none
  DelayCounts delays[kOutcomeDelays];
  int64_t first_us = 0;
  int64_t last_us = 0;
  std::string by;  // the first sender by text; empty: none

  // Counts one event at this time.
  explicit OutcomeNumbers(int64_t ts_us) : first_us(ts_us), last_us(ts_us) { sums[kSumCount] = 1; }
  void measure(OutcomeMeasure measure, uint64_t value) {
    maxima[measure] = value;
    if (measure < kOutcomeMinima) minima[measure] = value;
  }
  // Sets the delay and adds it, rounded, to the sum of milliseconds.
  void set_delay(uint64_t us) {
    measure(kDelayUs, us);
    sums[kSumDelayMs] = (us + 500) / 1000;
  }
  // Counts one delay; 0 is not measured.
  void count_delay(OutcomeDelay delay, uint32_t us);
  void add(const OutcomeNumbers& more);
};

// The outcome of a connection, or an ICMP message.
struct Outcome {
  OutcomeKey key;  // without a name: not known from the connection itself
  // The address that the client requested from a proxy instead of a name.
  std::optional<Address> target;
  uint16_t client_port = 0;
  OutcomeNumbers numbers{0};
};

using OutcomeCells = std::unordered_map<OutcomeKey, OutcomeNumbers, OutcomeKeyHash>;

}  // namespace wiretally
