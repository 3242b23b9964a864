#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/options/fit_options.hpp>

namespace foregraph {

/// The variables of a graph as tensors of a file; their memory is borrowed.
[[nodiscard]] std::vector<NamedTensor> tensors_of(const Graph& graph,
                                                  std::span<const std::int64_t> offsets,
                                                  const std::byte* variables);
/// Copies the variables of a graph from a file that check_variables() has found to have them.
void copy_variables(const Safetensors& file, const Graph& graph,
                    std::span<const std::int64_t> offsets, std::byte* variables);

/// A list of numbers as one entry of a checkpoint's state, exactly.
[[nodiscard]] std::string numbers_text(std::span<const double> numbers);
/// Reads it again. DataError, with the file and the key.
[[nodiscard]] std::vector<double> numbers_of(const Checkpoint& checkpoint, std::string_view key);

/// What history tells in numbers and notes, exactly (but reports and the loader's figures).
[[nodiscard]] std::string history_text(const History& history);
[[nodiscard]] History history_of(const Checkpoint& checkpoint, std::string_view key);

/// The preprocessing in a checkpoint, if there is one.
[[nodiscard]] std::shared_ptr<const Preprocessing> preprocessing_of(const Checkpoint& checkpoint);
void add_preprocessing(const Preprocessing& preprocessing, Metadata& state);

/// DataError, with what differs, unless `data` go through the preprocessing that the model was
/// trained with, null for none. `who` asks: "evaluate".
void check_preprocessing(const Preprocessing* trained, const Pipeline& data,
                         const std::string& who);

/// DataError, with what differs, unless the checkpoint is of this model.
void check_model(const Checkpoint& checkpoint, std::uint64_t fingerprint);

}  // namespace foregraph
