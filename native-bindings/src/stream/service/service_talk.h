// ServiceTalk: a clear-text HTTP flow, read for signs of the service behind it. It stores counts, routes and words of closed
// lists, the current line, and a few segments that arrived early. Its work is linear in the bytes that it reads, and it
// stops where nothing more is to be learnt.
#pragma once

#include <cstdint>
#include <memory>

#include "../../base/event.h"
#include "../segment.h"

namespace wiretally {

class ServiceTalk {
 public:
  struct State;

  // `client_side`: as the flow table believes; the first message decides. `count`: of all talks, this one included.
  ServiceTalk(unsigned client_side, uint32_t* count);
  ~ServiceTalk();
  ServiceTalk(const ServiceTalk&) = delete;
  ServiceTalk& operator=(const ServiceTalk&) = delete;

  // The first segment of a side begins here: what is missing before it is missing.
  void stand_at(unsigned side, uint32_t seq);
  void on_segment(unsigned side, const Segment& segment);
  // The flow may have more segments, and they will not be shown.
  void stop();

  bool is_reading() const;
  bool has_requests() const;
  bool has_signs() const;
  unsigned client_side() const;
  // Signs and counts of the slice; the counts restart at 0. Returns ServiceFlags.
  uint16_t take(ServiceRecord* record);

 private:
  const std::unique_ptr<State> state_;
  uint32_t* const count_;
};

}  // namespace wiretally
