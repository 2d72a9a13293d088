// Reads batches of records for the collector. It checks every length, even in batches of this program.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include "../base/cursor.h"
#include "../base/event.h"
#include "flow.h"
#include "outcome_cells.h"
#include "texts.h"

namespace wiretally {

// Iterates over the records of a batch.
class BatchRecords {
 public:
  explicit BatchRecords(Span batch);

  // Returns false after the last record, and at a damaged one.
  bool next(RecordHeader* header, Span* record);
  // True if the header belongs to a batch, and all records so far were complete.
  bool ok() const { return ok_; }

 private:
  Span rest_;
  bool ok_;
};

// A flow record in the batch, with its tails.
struct RawFlow {
  FlowRecord record;
  Span sni;
  Span alpn;
  Span proxy;
  Span vlans;
  Span user_agent;
  Span other_sni;

  bool has_hello() const { return record.ja4[0] != '\0'; }
};

// Returns the fixed part of a record, whose bytes are all present.
template <typename Record>
bool read_fixed(Cursor* cursor, Record* record) {
  const Span bytes = cursor->take(sizeof *record);
  if (bytes.data == nullptr) return false;
  std::memcpy(record, bytes.data, sizeof *record);
  return true;
}

// These functions return false for a record that is shorter than its fields state.
bool read_flow(Span bytes, RawFlow* flow);
bool read_dns(Span bytes, NameMessage* message);
bool read_observation(Span bytes, Observation* observation);
bool read_exchange(Span bytes, Exchange* exchange);
bool read_outcome(Span bytes, Outcome* outcome);

// Returns whole microseconds, rounded down.
int64_t micros(int64_t nanoseconds);
Mac mac_of(const uint8_t* bytes);
AppHint hint_of(uint8_t number);

// Fields that rows of a log lack, see src/native/record-writer.ts.
struct LogMarks {
  bool is_log = false;
  uint8_t logged = 0;  // LoggedFlags
  bool has_hello = false;
  bool has_hello_us = false;
};

// Creates flows from records. Flows of one program share the form of their hello.
class FlowMaker {
 public:
  FlowPtr make(const RawFlow& raw, const LogMarks& marks);

 private:
  std::shared_ptr<const HelloForm> fingerprint(const RawFlow& raw, const LogMarks& marks);

  std::unordered_map<std::string, std::shared_ptr<const HelloForm>, TextHash, std::equal_to<>> known_;
};

}  // namespace wiretally
