// The pipelines of the process by number.
#include "pipeline_registry.h"

#include <mutex>
#include <unordered_map>

namespace wiretally {

namespace {

struct Registry {
  std::mutex mutex;
  std::unordered_map<uint32_t, std::weak_ptr<Pipeline>> pipelines;
  uint32_t last_number = 0;
};

// The only process-wide state: environments of worker threads share nothing else. Never
// destroyed, because worker threads may end after the start of process exit.
Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

}  // namespace

uint32_t register_pipeline(const std::shared_ptr<Pipeline>& pipeline) {
  Registry& all = registry();
  const std::lock_guard<std::mutex> lock(all.mutex);
  for (auto it = all.pipelines.begin(); it != all.pipelines.end();) {
    it = it->second.expired() ? all.pipelines.erase(it) : std::next(it);
  }
  all.pipelines[++all.last_number] = pipeline;
  return all.last_number;
}

std::shared_ptr<Pipeline> find_pipeline(uint32_t number) {
  Registry& all = registry();
  const std::lock_guard<std::mutex> lock(all.mutex);
  const auto it = all.pipelines.find(number);
  return it == all.pipelines.end() ? nullptr : it->second.lock();
}

}  // namespace wiretally
