// Checkpoint and all that is read from its state: files as they come, and with a right checksum.
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <foregraph/foregraph.hpp>

#include "checkpoints.hpp"

namespace foregraph::fuzz {
namespace {

/// Calls a getter that may refuse.
void may_refuse(const auto& get) {
  try {
    (void)get();
  } catch (const Error&) {
  }
}

struct CheckpointedGraph {
  CheckpointedGraph() : model(checkpointed_model(graph)) {
    for (const Variable& variable : graph.variables) {
      const Node& node = graph.node(variable.node);
      offsets.push_back(static_cast<std::int64_t>(values.size()));
      values.resize(values.size() + static_cast<std::size_t>(node.shape.elements().constant *
                                                             bytes_per_element(node.dtype)));
    }
  }
  Graph graph;
  Model model;
  std::vector<std::int64_t> offsets;
  std::vector<std::byte> values;
};

void run_checkpoint(Input& input) {
  static MemoryFile file;
  static CheckpointedGraph wanted;
  if (input.below(2) == 0)
    file.with(input.rest());
  else
    file.with(with_checksum(std::string(input.rest())));
  const Checkpoint checkpoint(file.path());
  require(checkpoint.epoch() >= 0 && checkpoint.batch() >= 0 && checkpoint.step() >= 0,
          "a checkpoint has negative counts");
  for (const auto& [name, value] : checkpoint.state()) {
    const std::string& key = name;
    may_refuse([&] { return checkpoint.integer(key); });
    may_refuse([&] { return checkpoint.number(key); });
    may_refuse([&] { return checkpoint.bits(key); });
    may_refuse([&] { return numbers_of(checkpoint, key); });
    may_refuse([&] { return history_text(history_of(checkpoint, key)); });
    may_refuse([&] { return data::Preprocessing::from_json(checkpoint.text(key)).fingerprint(); });
  }
  may_refuse([&] { return preprocessing_of(checkpoint); });
  check_variables(checkpoint.file(), wanted.graph, ExtraTensors::ignore);
  copy_variables(checkpoint.file(), wanted.graph, wanted.offsets, wanted.values.data());
}

std::vector<std::string> checkpoint_seeds() {
  using namespace std::string_literals;
  const std::filesystem::path path = scratch_folder() / "seed.safetensors";
  const std::vector<float> weights(6, 0.5F);
  write_checkpoint(path, {{{"hidden/weight", f32, {2, 3}, std::as_bytes(std::span(weights))}},
                          1,
                          2,
                          3,
                          4,
                          {{"numbers", R"([1,2.5,"inf","nan"])"}}});
  return {"\0"s + checkpoint_of_a_fit(), "\1"s + checkpoint_of_a_fit(), "\1"s + read_whole(path)};
}

const Registered checkpoint_target({"checkpoint", &run_checkpoint, &checkpoint_seeds});

}  // namespace
}  // namespace foregraph::fuzz
