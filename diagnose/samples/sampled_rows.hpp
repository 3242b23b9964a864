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
  data::FieldSpec spec;
  std::vector<std::byte> bytes;
  std::int64_t elements = 0;  ///< per row

  [[nodiscard]] double value(std::int64_t row, std::int64_t element) const;
  [[nodiscard]] const std::byte* row(std::int64_t index) const {
    return bytes.data() + index * spec.row_bytes();
  }
};

/// Samples of a pipeline as a model sees them, after all stages.
struct SampledRows {
  std::vector<Column> columns;
  std::vector<std::int64_t> rows;  ///< row numbers in the data set
  std::int64_t population = 0;     ///< samples per epoch
  std::string error{};  ///< exception from a source or stage; there may then be fewer rows
  bool out_of_time = false;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
  [[nodiscard]] bool complete() const { return size() == population; }
  [[nodiscard]] const Column* find(std::string_view name) const;
};

/// Reads up to `most_rows` samples, drawn at random without replacement with a fixed seed, of at
/// most 32 MiB, for at most about `most_seconds`. Does not throw exceptions from a source or stage.
[[nodiscard]] SampledRows sample_rows(const data::Pipeline& data, std::int64_t most_rows,
                                      double most_seconds);

/// Returns a pipeline over the same data and stages with a fixed random order, in batches of
/// `batch_size`, without threads.
[[nodiscard]] data::Pipeline at_random(const data::Pipeline& data, std::int64_t batch_size);

}  // namespace foregraph::checks
