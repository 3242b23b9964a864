#pragma once

#include <string>

#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/graph/graph.hpp>

namespace foregraph::cli {

/// Who reads the data; named in messages.
enum class Reader : bool { check, fit };

/// Reads a file as the data of a model: CSV with a header, or NPZ if its name ends so. Each field
/// has the type of the model's input, and its shape if the sizes match. `forward` is the model's
/// graph with loss and outputs.
///
/// In CSV, column `label` (if empty, "label" or, failing that, the last) is the target, if that has
/// one value per sample; the columns of a single feature input are all others, in order. Other
/// inputs find their columns by name: NAME, or NAME_0, NAME_1, ... In NPZ each input has the array
/// of its name, and the target that of `label` if that is given. `delimiter` is one letter, or
/// "tab". Non-finite values are kept. Throws UsageError if the model has inputs that no file can
/// hold or the delimiter is invalid, DataError as read_csv() and read_npz(), and for columns that
/// are missing.
[[nodiscard]] data::Dataset read_data_of(const Graph& forward, const std::string& path,
                                         const std::string& label, const std::string& delimiter,
                                         Reader reader);

}  // namespace foregraph::cli
