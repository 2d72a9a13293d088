// ServiceTalk reads a clear-text HTTP flow for signs of the service behind it. It stores counts, routes and words of
// closed lists, the current line, and a few segments that arrived early. Its work is linear in the bytes that it reads,
// and it stops when no further facts are expected.
#pragma once

#include <cstdint>
#include <memory>

#include "../../base/event.h"
#include "../segment.h"

namespace wiretally {

class ServiceTalk {
 public:
  struct State;

  // `client_side` is that of the flow table; the first message decides. `count` is the number of all talks, including
  // this one.
  ServiceTalk(unsigned client_side, uint32_t* count);
  ~ServiceTalk();
  ServiceTalk(const ServiceTalk&) = delete;
  ServiceTalk& operator=(const ServiceTalk&) = delete;

  // The first segment of a side begins here: earlier bytes count as missing.
  void start_at(unsigned side, uint32_t seq);
  void on_segment(unsigned side, const Segment& segment);
  // The flow may have more segments, but this object will not get them.
  void stop();

  bool is_reading() const;
  bool has_requests() const;
  bool has_signs() const;
  unsigned client_side() const;
  // Writes signs and counts of the slice and resets the counts. Returns ServiceFlags.
  uint16_t take(ServiceRecord* record);

 private:
  const std::unique_ptr<State> state_;
  uint32_t* const count_;
};

}  // namespace wiretally
