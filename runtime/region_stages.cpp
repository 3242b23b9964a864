// Groups steps of a region into stages: the kernel of one step, or a compiled loop of several.
#include <algorithm>
#include <foregraph/detail/runtime/region.hpp>

namespace foregraph {

namespace {

/// Approximate cost of a function such as tanh relative to a kernel of one instruction.
constexpr double slow_step = 8;

}  // namespace

void RegionProgram::form_stages(LoopCode* loops) {
  stages_.clear();
  loops_ = loops;
  if (dtype_ != f32 && dtype_ != f64) loops = nullptr;
  if (loops != nullptr) put_slow_steps_first();
  for (std::size_t begin = 0; begin < steps_.size();) {
    std::size_t end = begin + 1;
    while (loops != nullptr && end < steps_.size() &&
           steps_[begin].what.kind != Arithmetic::Kind::none &&
           steps_[end].what.kind != Arithmetic::Kind::none)
      ++end;
    add_stage(begin, end, loops);
    begin = end;
  }
}

void RegionProgram::interpret() {
  form_stages(nullptr);
}

/// Moves non-arithmetic steps as early as possible, after only the steps they depend on, so that
/// the remaining steps form one loop instead of many.
void RegionProgram::put_slow_steps_first() {
  std::vector<Step> ordered;
  std::vector<char> is_taken(steps_.size(), 0);
  const auto take = [&](std::size_t i, const auto& take_operands) -> void {
    if (is_taken[i] != 0) return;
    is_taken[i] = 1;
    for (std::size_t k = 0; k < i; ++k)
      if (steps_[i].reads(steps_[k].value) ||
          (steps_[k].other >= 0 && steps_[i].reads(steps_[k].other)))
        take_operands(k, take_operands);
    ordered.push_back(steps_[i]);
  };
  for (std::size_t i = 0; i < steps_.size(); ++i)
    if (steps_[i].what.kind == Arithmetic::Kind::none) take(i, take);
  for (std::size_t i = 0; i < steps_.size(); ++i) take(i, take);
  steps_ = std::move(ordered);
}

/// Returns true if all elements of all tiles are equal.
bool RegionProgram::is_uniform(std::int32_t value) const {
  return std::any_of(immediates_.begin(), immediates_.end(),
                     [&](const Immediate& i) { return i.value == value; }) ||
         std::any_of(loads_.begin(), loads_.end(), [&](const Load& l) {
           return l.value == value && l.pattern == LoadPattern::scalar;
         });
}

void RegionProgram::add_stage(std::size_t begin, std::size_t end, LoopCode* loops) {
  Stage stage;
  stage.begin = begin;
  stage.end = end;
  const auto has = [](const std::vector<std::int32_t>& list, std::int32_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  };
  std::vector<std::int32_t> made;
  for (std::size_t i = begin; i < end; ++i) {
    for (int k = 0; k < steps_[i].arity; ++k) {
      const std::int32_t value = steps_[i].operands[static_cast<std::size_t>(k)];
      if (!has(made, value) && !has(stage.reads, value)) stage.reads.push_back(value);
    }
    made.push_back(steps_[i].value);
    if (steps_[i].other >= 0) made.push_back(steps_[i].other);
  }
  const auto is_used_later = [&](std::int32_t value) {
    return std::any_of(steps_.begin() + static_cast<std::ptrdiff_t>(end), steps_.end(),
                       [&](const Step& step) { return step.reads(value); });
  };
  const bool is_one = end - begin == 1;
  for (const std::int32_t value : made)
    if (is_one || is_kept(value) || is_used_later(value)) stage.writes.push_back(value);
  if (!is_one) {
    ArithmeticLoop loop;
    loop.dtype = dtype_;
    constexpr std::size_t most_uniform = 6;  // further uniform values are read like others
    for (const std::int32_t value : stage.reads)
      if (is_uniform(value) && loop.uniform.size() < most_uniform) loop.uniform.push_back(value);
    for (std::size_t i = begin; i < end; ++i)
      loop.steps.push_back({steps_[i].what, steps_[i].value, steps_[i].operands});
    loop.kept = stage.writes;
    stage.loop = loops->add(loop);
    if (stage.loop < 0) {  // too long
      const std::size_t middle = begin + (end - begin) / 2;
      add_stage(begin, middle, loops);
      add_stage(middle, end, loops);
      return;
    }
  }
  if (is_one)
    stage.cost = steps_[begin].what.kind == Arithmetic::Kind::none ? slow_step : 1;
  else
    stage.cost = static_cast<double>(stage.reads.size() + stage.writes.size()) / 3;
  stages_.push_back(std::move(stage));
}

}  // namespace foregraph
