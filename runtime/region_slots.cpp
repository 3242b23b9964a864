#include <algorithm>
#include <foregraph/runtime/region.hpp>

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

/// What is laid out before the steps keeps its slot through the tile; a step's result gives its
/// slot back after its last use.
void RegionProgram::allot_slots() {
  slots_ = 0;
  std::fill(slot_of_.begin(), slot_of_.end(), -1);
  for (Load& load : loads_)
    if (load.pattern != LoadPattern::contiguous || load.is_truth)
      slot_of_[static_cast<std::size_t>(load.value)] = load.slot = slots_++;
  for (Immediate& immediate : immediates_)
    slot_of_[static_cast<std::size_t>(immediate.value)] = immediate.slot = slots_++;

  std::vector<char> in_memory(slot_of_.size(), 0);
  std::vector<std::int32_t> last_use(slot_of_.size(), -1);
  for (const Step& step : steps_)
    for (int i = 0; i < step.arity; ++i)
      last_use[static_cast<std::size_t>(step.operands[static_cast<std::size_t>(i)])] = step.value;
  for (const Store& store : stores_) {
    const auto v = static_cast<std::size_t>(store.value);
    if (store.direct)
      in_memory[v] = 1;
    else
      last_use[v] = static_cast<std::int32_t>(slot_of_.size());
  }
  for (const Sum& sum : sums_)
    last_use[static_cast<std::size_t>(sum.value)] = static_cast<std::int32_t>(slot_of_.size());
  std::vector<std::int32_t> free;
  std::vector<char> is_step(slot_of_.size(), 0);
  for (const Step& step : steps_) {
    const auto v = static_cast<std::size_t>(step.value);
    is_step[v] = 1;
    for (int i = 0; i < step.arity; ++i) {  // a kernel may write over what it reads
      const auto o = static_cast<std::size_t>(step.operands[static_cast<std::size_t>(i)]);
      if (is_step[o] == 0 || in_memory[o] != 0 || last_use[o] != step.value) continue;
      last_use[o] = -1;  // an operand used twice is freed once
      free.push_back(slot_of_[o]);
    }
    const auto take = [&](std::size_t value) {
      if (free.empty()) {
        slot_of_[value] = slots_++;
      } else {
        slot_of_[value] = free.back();
        free.pop_back();
      }
    };
    if (in_memory[v] == 0) take(v);
    if (step.other < 0) continue;
    is_step[static_cast<std::size_t>(step.other)] = 1;
    take(static_cast<std::size_t>(step.other));
  }
}

}  // namespace foregraph
