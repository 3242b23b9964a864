#pragma once

#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::cli {

/// Reads a CSV file with a header as the data of a model with one feature input and one target of
/// one value per sample. Column `label` (if empty, "label" or, failing that, the last) is the
/// target; all others, in order, are the features. Each has the type of the model's input.
/// `forward` is the model's graph with loss and outputs. `delimiter` is one letter, or "tab".
/// Non-finite values are kept. Throws UsageError if the model has other inputs or the delimiter is
/// invalid, and DataError as read_csv().
[[nodiscard]] data::Dataset read_data_of(const Graph& forward, const std::string& path,
                                         const std::string& label, const std::string& delimiter);

}  // namespace foregraph::cli
