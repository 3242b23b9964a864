#pragma once

#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::cli {

/// Reads a CSV file with a header as the data of a model of one feature input and one target of one
/// value per sample: column `label` (empty: "label" or, without it, the last) is the target, all
/// others in their order are the features, each in the type that the model's input has. `forward`
/// is the model's graph with loss and outputs. `delimiter` is one letter, or "tab". Values that are
/// not finite are read as they are. Throws UsageError if the model has other inputs or the
/// delimiter is none, and DataError as read_csv() does.
[[nodiscard]] Dataset read_data_of(const Graph& forward, const std::string& path,
                                   const std::string& label, const std::string& delimiter);

}  // namespace foregraph::cli
