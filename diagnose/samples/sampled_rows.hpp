#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/data/pipeline/pipeline.hpp>

namespace foregraph::checks {

/// Rows of one field.
struct Column {
  FieldSpec spec;
  std::vector<std::byte> bytes;
  std::int64_t elements = 0;  ///< of a row

  [[nodiscard]] double value(std::int64_t row, std::int64_t element) const;
  [[nodiscard]] const std::byte* row(std::int64_t index) const {
    return bytes.data() + index * spec.row_bytes();
  }
};

/// Some samples of a pipeline as a model would see them, after all stages.
struct SampledRows {
  std::vector<Column> columns;
  std::vector<std::int64_t> rows;  ///< their numbers in the data set
  std::int64_t population = 0;     ///< samples there are
  std::string error{};             ///< what a source or stage has thrown; then there may be fewer
  bool out_of_time = false;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
  [[nodiscard]] bool complete() const { return size() == population; }
  [[nodiscard]] const Column* find(std::string_view name) const;
};

/// Reads up to `most_rows` samples, drawn at random and without repetition by a fixed seed, of at
/// most 32 MiB, for at most about `most_seconds`. Never throws what a source or stage does.
[[nodiscard]] SampledRows sample_rows(const Pipeline& data, std::int64_t most_rows,
                                      double most_seconds);

/// A pipeline over the same data and stages whose samples come in a random order that is always the
/// same, in batches of `batch_size`, without threads.
[[nodiscard]] Pipeline at_random(const Pipeline& data, std::int64_t batch_size);

}  // namespace foregraph::checks
