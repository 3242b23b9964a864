#include <algorithm>
#include <foregraph/detail/runtime/region.hpp>

namespace foregraph {

void RegionProgram::find_aliases(const void* const* inputs, void* const* outputs) {
  for (Store& store : stores_) {
    store.direct = store.may_be_direct;
    for (const Load& load : loads_) {
      if (inputs[load.input] != outputs[store.output] || load.is_truth) continue;
      bool is_made = false;
      for (const Step& step : steps_) {
        if (is_made && step.reads(load.value)) store.direct = false;
        is_made = is_made || step.value == store.value;
      }
      for (const Store& other : stores_)
        if (other.value == load.value) store.direct = false;
    }
  }
  find_streams(inputs, outputs);
  allot_slots();
}

void RegionProgram::find_streams(const void* const* inputs, void* const* outputs) {
  streams_.clear();
  std::vector<const void*> seen;
  const auto add = [&](const void* at, Stream stream) {
    if (streams_.size() == most_streams || std::find(seen.begin(), seen.end(), at) != seen.end())
      return;
    seen.push_back(at);
    streams_.push_back(stream);
  };
  for (const Load& load : loads_)
    if (load.pattern == LoadPattern::contiguous && !load.is_truth)
      add(inputs[load.input], {false, load.input});
  for (const Store& store : stores_)
    if (store.direct) add(outputs[store.output], {true, store.output});
}

/// Assigns scratch slots. Values laid out before the stages keep their slot for the whole tile; the
/// slot of a stage's result is free after its last use. A kernel may work in place; a loop may not.
void RegionProgram::allot_slots() {
  slots_ = 0;
  std::fill(slot_of_.begin(), slot_of_.end(), -1);
  for (Load& load : loads_)
    if (load.pattern != LoadPattern::contiguous || load.is_truth)
      slot_of_[static_cast<std::size_t>(load.value)] = load.slot = slots_++;
  for (Immediate& immediate : immediates_)
    slot_of_[static_cast<std::size_t>(immediate.value)] = immediate.slot = slots_++;

  const std::size_t count = slot_of_.size();
  std::vector<char> in_memory(count, 0);
  std::vector<std::size_t> last_use(count, stages_.size());
  std::vector<char> is_made(count, 0);
  for (std::size_t i = 0; i < stages_.size(); ++i)
    for (const std::int32_t value : stages_[i].reads) last_use[static_cast<std::size_t>(value)] = i;
  for (const Store& store : stores_) {
    const auto v = static_cast<std::size_t>(store.value);
    if (store.direct)
      in_memory[v] = 1;
    else
      last_use[v] = stages_.size();
  }
  for (const Sum& sum : sums_) last_use[static_cast<std::size_t>(sum.value)] = stages_.size();
  std::vector<std::int32_t> free;
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    const auto give_back = [&] {
      for (const std::int32_t value : stages_[i].reads) {
        const auto v = static_cast<std::size_t>(value);
        if (is_made[v] != 0 && in_memory[v] == 0 && last_use[v] == i) free.push_back(slot_of_[v]);
      }
    };
    if (stages_[i].loop < 0) give_back();
    for (const std::int32_t value : stages_[i].writes) {
      const auto v = static_cast<std::size_t>(value);
      is_made[v] = 1;
      if (in_memory[v] != 0) continue;
      if (free.empty()) {
        slot_of_[v] = slots_++;
      } else {
        slot_of_[v] = free.back();
        free.pop_back();
      }
    }
    if (stages_[i].loop >= 0) give_back();
  }
}

}  // namespace foregraph
