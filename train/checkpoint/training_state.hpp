#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <foregraph/detail/graph/graph.hpp>
#include <foregraph/detail/train/checkpoint/checkpoint_file.hpp>
#include <foregraph/detail/train/options/fit_options.hpp>

namespace foregraph {

/// Returns the variables of a graph as tensors of a file; their memory is borrowed.
[[nodiscard]] std::vector<NamedTensor> tensors_of(const Graph& graph,
                                                  std::span<const std::int64_t> offsets,
                                                  const std::byte* variables);
/// Copies the variables of a graph from a file that has passed check_variables().
void copy_variables(const Safetensors& file, const Graph& graph,
                    std::span<const std::int64_t> offsets, std::byte* variables);

/// Returns a list of numbers as one exact entry of a checkpoint's state.
[[nodiscard]] std::string numbers_text(std::span<const double> numbers);
/// Reads the entry back. Throws DataError, with the file and the key.
[[nodiscard]] std::vector<double> numbers_of(const Checkpoint& checkpoint, std::string_view key);

/// Returns the history's numbers and notes as exact text (without reports and loader statistics).
[[nodiscard]] std::string history_text(const History& history);
[[nodiscard]] History history_of(const Checkpoint& checkpoint, std::string_view key);

/// Returns the preprocessing in a checkpoint, or null.
[[nodiscard]] std::shared_ptr<const data::Preprocessing> preprocessing_of(
    const Checkpoint& checkpoint);
void add_preprocessing(const data::Preprocessing& preprocessing, Metadata& state);

/// Throws DataError, listing the differences, unless `data` use the preprocessing that the model
/// was trained with (null for none). `who` names the caller: "evaluate".
void check_preprocessing(const data::Preprocessing* trained, const data::Pipeline& data,
                         const std::string& who);

/// Throws DataError, listing the differences, unless the checkpoint is from this model.
void check_model(const Checkpoint& checkpoint, std::uint64_t fingerprint);

}  // namespace foregraph
