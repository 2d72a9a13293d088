// Window: sums per host, row and DNS name of one open window; OpenWindows has all of them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "host.h"
#include "outcome_cells.h"
#include "question.h"
#include "row.h"
#include "texts.h"

namespace wiretally {

struct WindowStats {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t flows = 0;
  uint64_t hellos_complete = 0;
  uint64_t evicted_flows = 0;

  void add(const Flow& flow);
  void add(const HostTotalsRecord& totals);
};

class Window {
 public:
  // Limits in addition to that of hosts; MAX_OF_SENSOR_WINDOW of src/model/ceilings.ts. A hostile window uses about 100
  // MB.
  static constexpr size_t kMaxRows = 65'536;
  static constexpr size_t kMaxAsked = 65'536;
  static constexpr size_t kMaxOutcomes = 65'536;
  // Maximum addresses of frames without a flow. Further ones count without their address.
  static constexpr size_t kMaxAccounts = 16'384;
  // Windows divide a quarter hour.
  static constexpr int64_t kMaxSeconds = 900;

  explicit Window(int64_t start_us, std::shared_ptr<HostPool> pool = std::make_shared<HostPool>())
      : start_us_(start_us), hosts_(std::move(pool)) {}

  int64_t start_us() const { return start_us_; }
  WindowStats stats;

  // Returns null if there are too many hosts of its rank or above. `rank` is that of the new fact.
  Host* host(const Address& address, int64_t ts_us, Rank rank);
  // Both return null if there are too many.
  Row* row(const IdentityPtr& identity, int64_t ts_us);
  Question* find_question(const Address& host, const std::string& name, int64_t ts_us);
  void add(const OutcomeKey& key, const OutcomeNumbers& numbers);
  // Adds to the account of a host, or of an address without one, because frames without a flow are no evidence of a
  // host.
  void add_account(const Address* address, const Accounted& accounted);
  // Records the seconds in which frames were captured, bit 0 first.
  void add_heard(int64_t from_us, uint64_t seconds, uint64_t frames);
  // Records that `server` answers queries for the name, so that its own queries belong to its clients.
  void answered(const Address& server, const std::string& name);

  // Marks flows that differ from the other flows of their host, which prove nothing. Must be called once, when the
  // window is complete.
  void doubt_odd_flows(MarksBefore* before);

  // Packs the hosts if none was looked up since the last call.
  void pack_when_quiet();
  void pack() { hosts_.pack(start_us_); }
  bool is_packed() const { return hosts_.is_packed(); }

  // Returns hosts in unspecified order.
  std::vector<const Host*> hosts() const { return hosts_.all(); }
  // Returns rows and queries in the order of windows, without forwarded queries.
  std::vector<const Row*> sorted_rows() const;
  std::vector<const Question*> sorted_questions() const;
  struct AddressAccount {
    Account account;
    HiddenParts hidden;
  };
  // Accounts of frames without a flow, by address.
  const std::unordered_map<Address, AddressAccount, AddressHash>& accounts() const { return accounts_; }
  // Account of traffic without a local end.
  const AddressAccount& rest() const { return rest_; }
  // One bit for each second of the window.
  const std::vector<bool>& heard() const { return heard_; }
  uint64_t frames() const { return frames_; }
  const OutcomeCells& outcomes() const { return outcomes_; }
  // Number of omitted facts, by the name of the limit, in the order in which the limits were reached.
  const std::vector<std::pair<const char*, uint64_t>>& overflow() const { return overflow_; }

 private:
  void leave_out(const char* ceiling);

  int64_t start_us_;
  // Packing does not change the hosts.
  mutable HostRanks hosts_;
  bool is_used_ = false;
  std::unordered_map<std::string, std::unique_ptr<Row>, TextHash, std::equal_to<>> rows_;
  std::unordered_map<std::string, std::unique_ptr<Question>, TextHash, std::equal_to<>> asked_;
  // Names that a host queried for others, because it answered a query for the same name.
  std::unordered_set<std::string, TextHash, std::equal_to<>> forwarded_;
  std::unordered_map<Address, AddressAccount, AddressHash> accounts_;
  AddressAccount rest_;
  std::vector<bool> heard_;
  uint64_t frames_ = 0;
  OutcomeCells outcomes_;
  std::vector<std::pair<const char*, uint64_t>> overflow_;
};

class OpenWindows {
 public:
  explicit OpenWindows(int64_t window_us) : window_us_(window_us) {}

  bool empty() const { return windows_.empty(); }
  int64_t window_us() const { return window_us_; }
  // Returns the window of a time. Late records for closed windows count in the first open one.
  Window& at(int64_t us);
  // Packs windows of long captures that receive no data. No host of a window may be in use.
  void pack_quiet();
  // The same for rows of logs, whose windows are all open until the end and come again at the end: at times alone.
  void pack_quiet_of_log();
  // Removes and returns windows that end at `until_us` or before, by start.
  std::vector<std::unique_ptr<Window>> take(int64_t until_us);

 private:
  // Up to this number of open windows, nothing is packed.
  static constexpr size_t kUnpacked = 64;
  // The same for logs, whose hosts have lists of hidden traffic, and batches between two times of packing.
  static constexpr size_t kUnpackedOfLog = 8;
  static constexpr size_t kLogBatches = 64;

  int64_t window_us_;
  std::unordered_map<int64_t, std::unique_ptr<Window>> windows_;
  size_t packed_at_ = 0;  // windows when they were packed last
  size_t log_batches_ = 0;
  std::shared_ptr<HostPool> pool_ = std::make_shared<HostPool>();
  Window* last_ = nullptr;
  // Earlier windows are closed.
  int64_t open_from_us_ = INT64_MIN;
  MarksBefore marks_before_;
};

// No window is closed yet.
constexpr int64_t kNoneClosed = INT64_MIN;
// Returns the start of the window that contains a time.
int64_t window_start_of(int64_t us, int64_t window_us);

}  // namespace wiretally
