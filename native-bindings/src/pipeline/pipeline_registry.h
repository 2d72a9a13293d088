// The pipelines of the process by number: how a worker thread, which shares no objects with the others, finds
// its own.
#pragma once

#include <cstdint>
#include <memory>

#include "pipeline.h"

namespace wiretally {

// Numbers are never reused. The registry does not own pipelines.
uint32_t register_pipeline(const std::shared_ptr<Pipeline>& pipeline);
std::shared_ptr<Pipeline> find_pipeline(uint32_t number);

}  // namespace wiretally
