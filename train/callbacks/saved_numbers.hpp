#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <span>
#include <string>

namespace foregraph::detail {

/// Throws DataError unless `state`, which may come from an unrelated checkpoint, is `expected`
/// finite numbers.
inline void check_saved_numbers(const std::string& who, std::span<const double> state,
                                std::size_t expected) {
  if (state.size() != expected)
    throw DataError(who + ": the saved state has " + std::to_string(state.size()) +
                    " numbers, expected " + std::to_string(expected) +
                    "; it belongs to something else: restore it into the object that saved it");
  for (const double number : state)
    if (!std::isfinite(number))
      throw DataError(who + ": the saved state holds " + std::to_string(number) +
                      ", expected finite numbers; use another checkpoint");
}

/// Returns `number` as a count; `what` names it in messages. Throws DataError unless `number` is an
/// integer of at least `least` that a double holds exactly.
inline std::int64_t saved_count(const std::string& who, const char* what, double number,
                                std::int64_t least = 0) {
  if (number != std::floor(number) || number < static_cast<double>(least) ||
      number > 9007199254740992.0)
    throw DataError(who + ": " + what + " in the saved state is " + std::to_string(number) +
                    ", expected an integer of at least " + std::to_string(least) +
                    "; use another checkpoint");
  return static_cast<std::int64_t>(number);
}

}  // namespace foregraph::detail
