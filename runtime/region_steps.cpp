// Merges steps of a region that one tile kernel can compute, so that fewer values pass through the
// cache.
#include <algorithm>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/basic/broadcast.hpp>
#include <foregraph/detail/ops/basic/comparison.hpp>
#include <foregraph/detail/ops/basic/select.hpp>
#include <foregraph/detail/ops/math/abs.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/divide.hpp>
#include <foregraph/detail/ops/math/extremes.hpp>
#include <foregraph/detail/ops/math/negate.hpp>
#include <foregraph/detail/ops/math/sqrt.hpp>
#include <foregraph/detail/ops/math/square.hpp>
#include <foregraph/detail/ops/math/subtract.hpp>
#include <foregraph/detail/ops/math/zero_or.hpp>
#include <foregraph/detail/runtime/region.hpp>
#include <optional>
#include <utility>

namespace foregraph {
namespace {

/// Returns `op` as the first of two merged ops, if possible.
std::optional<RegionKernels::First> first_of(const OpDef* op) {
  if (op == &add_op) return RegionKernels::added;
  if (op == &subtract_op) return RegionKernels::subtracted;
  if (op == &multiply_op || op == &square_op) return RegionKernels::multiplied;
  return std::nullopt;
}

/// Returns `op` as the second of two merged ops whose operand `side` is the first, if possible.
std::optional<RegionKernels::Second> second_of(const OpDef* op, std::size_t side) {
  if (op == &add_op) return RegionKernels::plus;
  if (op == &subtract_op) return side == 0 ? RegionKernels::minus : RegionKernels::from;
  if (op == &multiply_op) return RegionKernels::times;
  return std::nullopt;
}

/// A comparison of RegionKernels that is equivalent to an op, possibly with operands exchanged.
struct ComparisonOf {
  RegionKernels::Comparison comparison;
  bool exchanged;
};
std::optional<ComparisonOf> comparison_of(const OpDef* op) {
  if (op == &greater_op) return ComparisonOf{RegionKernels::is_greater, false};
  if (op == &less_op) return ComparisonOf{RegionKernels::is_greater, true};
  if (op == &greater_equal_op) return ComparisonOf{RegionKernels::is_greater_equal, false};
  if (op == &less_equal_op) return ComparisonOf{RegionKernels::is_greater_equal, true};
  if (op == &equal_op) return ComparisonOf{RegionKernels::is_equal, false};
  return std::nullopt;
}

Arithmetic::Kind arithmetic_of(const OpDef* op) {
  struct Known {
    const OpDef* op;
    Arithmetic::Kind kind;
  };
  static constexpr Known known[] = {{&add_op, Arithmetic::Kind::add},
                                    {&subtract_op, Arithmetic::Kind::subtract},
                                    {&multiply_op, Arithmetic::Kind::multiply},
                                    {&divide_op, Arithmetic::Kind::divide},
                                    {&maximum_op, Arithmetic::Kind::maximum},
                                    {&minimum_op, Arithmetic::Kind::minimum},
                                    {&sqrt_op, Arithmetic::Kind::square_root},
                                    {&square_op, Arithmetic::Kind::square},
                                    {&negate_op, Arithmetic::Kind::negate},
                                    {&abs_op, Arithmetic::Kind::magnitude},
                                    {&relu_op, Arithmetic::Kind::rectify},
                                    {&zero_or_product_op, Arithmetic::Kind::zero_or_product},
                                    {&zero_or_quotient_op, Arithmetic::Kind::zero_or_quotient}};
  for (const Known& k : known)
    if (k.op == op) return k.kind;
  return Arithmetic::Kind::none;
}

}  // namespace

void RegionProgram::merge_steps() {
  take_both_at_once();
  if (dtype_ != f32 && dtype_ != f64) return;
  for (Step& step : steps_) step.what = {arithmetic_of(step.op)};
  take_two_ops_at_once();
  take_choices_at_once();
}

/// Returns true if the value is stored or summed, not only read by steps.
bool RegionProgram::is_kept(std::int32_t value) const {
  const auto is_of_value = [&](const auto& s) { return s.value == value; };
  return std::any_of(stores_.begin(), stores_.end(), is_of_value) ||
         std::any_of(sums_.begin(), sums_.end(), is_of_value);
}

int RegionProgram::uses_of(std::int32_t value) const {
  int uses = 0;
  for (const Step& step : steps_)
    for (int i = 0; i < step.arity; ++i)
      uses += step.operands[static_cast<std::size_t>(i)] == value ? 1 : 0;
  return uses;
}

/// Merges an op with its OpDef::together_with on the same operand, at the position of the earlier
/// one. All readers of either come later.
void RegionProgram::take_both_at_once() {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const OpDef* op = steps_[i].op;
    if (op == nullptr || op->together_with == nullptr) continue;
    const BothFn both = op->kernels().both[static_cast<std::size_t>(dtype_)];
    const auto partner = std::find_if(steps_.begin(), steps_.end(), [&](const Step& step) {
      return step.op == op->together_with && step.operands[0] == steps_[i].operands[0] &&
             !is_kept(step.value);
    });
    if (both == nullptr || partner == steps_.end()) continue;
    Step merged = steps_[i];
    merged.op = nullptr;
    merged.both = both;
    merged.other = partner->value;
    const auto at = static_cast<std::size_t>(partner - steps_.begin());
    steps_[std::min(i, at)] = merged;
    steps_.erase(steps_.begin() + static_cast<std::ptrdiff_t>(std::max(i, at)));
    if (at < i) --i;
  }
}

/// Merges an arithmetic op with operands that are arithmetic too and not used elsewhere: with two
/// products, or else with one operand, preferably a product.
void RegionProgram::take_two_ops_at_once() {
  const RegionKernels& kernels = region_kernels(dtype_);
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    Step& step = steps_[i];
    if (step.arity != 2 || !first_of(step.op)) continue;
    std::array<const Step*, 2> before{};
    for (std::size_t side = 0; side < 2; ++side) {
      const std::int32_t operand = step.operands[side];
      for (std::size_t k = 0; k < i; ++k)
        if (steps_[k].value == operand && first_of(steps_[k].op) && uses_of(operand) == 1 &&
            !is_kept(operand))
          before[side] = &steps_[k];
    }
    // square(x) is x * x.
    const auto right_of = [](const Step& s) { return s.operands[s.arity == 1 ? 0 : 1]; };
    const auto is_product = [&](std::size_t side) {
      return before[side] != nullptr && first_of(before[side]->op) == RegionKernels::multiplied;
    };
    Step merged = step;
    merged.op = nullptr;
    std::array<std::int32_t, 2> gone{-1, -1};
    if (step.op != &multiply_op && is_product(0) && is_product(1)) {
      const std::uint8_t minus = step.op == &add_op ? 0 : 1;
      merged.kernel = kernels.of_products[minus];
      merged.what = {Arithmetic::Kind::of_products, 0, minus};
      merged.arity = 4;
      merged.operands = {before[0]->operands[0], right_of(*before[0]), before[1]->operands[0],
                         right_of(*before[1])};
      gone = {before[0]->value, before[1]->value};
    } else if (before[0] != nullptr || before[1] != nullptr) {
      const std::size_t side = before[0] == nullptr || (!is_product(0) && is_product(1)) ? 1 : 0;
      const Step& first = *before[side];
      const RegionKernels::First one = *first_of(first.op);
      const RegionKernels::Second two = *second_of(step.op, side);
      merged.kernel = kernels.of_three[one][two];
      merged.what = {Arithmetic::Kind::of_three, static_cast<std::uint8_t>(one),
                     static_cast<std::uint8_t>(two)};
      merged.arity = 3;
      merged.operands = {first.operands[0], right_of(first), step.operands[1 - side], 0};
      gone[0] = first.value;
    } else {
      continue;
    }
    step = merged;
    const auto kept = std::remove_if(steps_.begin(), steps_.end(), [&](const Step& s) {
      return s.value == gone[0] || s.value == gone[1];
    });
    i -= static_cast<std::size_t>(steps_.end() - kept);
    steps_.erase(kept, steps_.end());
  }
}

/// Merges a select with the comparison that computes its condition, such as a relu's mask.
void RegionProgram::take_choices_at_once() {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].op != &select_op) continue;
    const std::int32_t condition = steps_[i].operands[0];
    const auto made = std::find_if(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const Step& step) { return step.value == condition; });
    if (made == steps_.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    const auto how = comparison_of(made->op);
    if (!how || uses_of(condition) > 1 || is_kept(condition)) continue;
    Step& step = steps_[i];
    const auto [a, b] = std::pair{made->operands[0], made->operands[1]};
    step.operands = {how->exchanged ? b : a, how->exchanged ? a : b, step.operands[1],
                     step.operands[2]};
    step.arity = 4;
    step.op = nullptr;
    step.kernel = region_kernels(dtype_).choice[how->comparison];
    step.what = {Arithmetic::Kind::choice, 0, static_cast<std::uint8_t>(how->comparison)};
    steps_.erase(made);
    --i;
  }
}

}  // namespace foregraph
