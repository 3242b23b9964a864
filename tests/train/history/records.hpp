#pragma once

#include <cstdint>
#include <foregraph/detail/train/history/epoch_record.hpp>
#include <utility>

#include "support/folder.hpp"

namespace foregraph::test {

inline EpochRecord record(std::int64_t epoch, NamedValues values) {
  return {.epoch = epoch, .steps = 9, .seconds = 1.5, .values = std::move(values)};
}

}  // namespace foregraph::test
