// Batches of records as the collector reads them: every length is checked, also in batches of our own.
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

// Walks the records of a batch.
class BatchRecords {
 public:
  explicit BatchRecords(Span batch);

  // False behind the last record, and at one that is damaged.
  bool next(RecordHeader* header, Span* record);
  // The header is a batch's, and all records so far were whole.
  bool ok() const { return ok_; }

 private:
  Span rest_;
  bool ok_;
};

// A flow record with its tails, in the batch.
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

// The fixed part of a record, of which all bytes are there.
template <typename Record>
bool read_fixed(Cursor* cursor, Record* record) {
  const Span bytes = cursor->take(sizeof *record);
  if (bytes.data == nullptr) return false;
  std::memcpy(record, bytes.data, sizeof *record);
  return true;
}

// Each returns false for a record that is shorter than its fields say.
bool read_flow(Span bytes, RawFlow* flow);
bool read_dns(Span bytes, NameMessage* message);
bool read_observation(Span bytes, Observation* observation);
bool read_exchange(Span bytes, Exchange* exchange);
bool read_outcome(Span bytes, Outcome* outcome);

// Whole microseconds, rounded down.
int64_t micros(int64_t nanoseconds);
Mac mac_of(const uint8_t* bytes);
AppHint hint_of(uint8_t number);

// Rows of a log lack what every packet has: see src/native/batch-writer.ts.
struct LogMarks {
  bool is_log = false;
  uint8_t logged = 0;  // LoggedFlags
  bool has_hello = false;
  bool has_hello_us = false;
};

// Makes flows of records; flows of one program share the form of their hello.
class FlowMaker {
 public:
  FlowPtr make(const RawFlow& raw, const LogMarks& marks);

 private:
  std::shared_ptr<const HelloForm> fingerprint(const RawFlow& raw, const LogMarks& marks);

  std::unordered_map<std::string, std::shared_ptr<const HelloForm>, TextHash, std::equal_to<>> known_;
};

}  // namespace wiretally
