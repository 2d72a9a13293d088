// Totals writes the counters of one worker as a CountersRecord.
#pragma once

#include "../base/event.h"
#include "../flow/partition.h"
#include "frame_stage.h"
#include "input.h"

namespace wiretally {

// `inputs` is null for workers that do not own the inputs, so that the records of all workers add up.
void emit_counters(const Inputs* inputs, const StageCounters& stage, Partition* partition, EventSink* sink);

}  // namespace wiretally
