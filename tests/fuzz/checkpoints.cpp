#include "checkpoints.hpp"

#include <foregraph/detail/base/files/content_checksum.hpp>
#include <foregraph/foregraph.hpp>

namespace foregraph::fuzz {

Model checkpointed_model(Graph& g) {
  const Tensor x = g.input("x", {batch, 2});
  const Tensor y = g.input("label", {batch}, i32);
  const Tensor hidden = nn::dense(x, 3, "hidden");
  const Tensor logits = nn::dense(relu(hidden), 2, "logits");
  return {.loss = nn::softmax_cross_entropy(logits, y), .outputs = {logits}};
}

std::unique_ptr<TrainerBase> checkpointed_training() {
  Graph g;
  const Model model = checkpointed_model(g);
  return std::make_unique<Trainer<>>(
      g, model, optim::adam(0.01F),
      TrainerOptions{.memory_budget = Budget::unlimited(), .threads = 1});
}

data::Pipeline checkpointed_data() {
  const data::Dataset data =
      data::Dataset()
          .add("x", {2}, std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1})
          .add("label", {}, std::vector<std::int32_t>{0, 1, 0, 1, 0, 1});
  return data::from(data)
      .preprocess(data::Preprocessing().standardize("x").fit(data))
      .shuffle(3)
      .batch(2);
}

FitOptions checkpointing(const std::filesystem::path& path) {
  FitOptions options;
  options.epochs = 2;
  options.progress = false;
  options.preflight = false;
  options.schedule = reduce_on_plateau(0.01);
  options.early_stopping = EarlyStoppingOptions{.monitor = "loss", .patience = 5};
  options.checkpoint.path = path;
  return options;
}

const std::string& checkpoint_of_a_fit() {
  static const std::string bytes = [] {
    const std::filesystem::path path = scratch_folder() / "whole.safetensors";
    FitOptions options = checkpointing(path);
    options.checkpoint.every_steps = 1;
    options.callbacks.push_back(
        {.after_step = [](TrainerBase&, const StepResult& step) { return step.step < 5; }});
    (void)checkpointed_training()->fit(checkpointed_data(), options);
    return read_whole(path);
  }();
  return bytes;
}

CheckpointContent content_of(const Checkpoint& checkpoint) {
  CheckpointContent content;
  content.epoch = checkpoint.epoch();
  content.batch = checkpoint.batch();
  content.step = checkpoint.step();
  content.model_fingerprint = checkpoint.model_fingerprint();
  content.state = checkpoint.state();
  const Safetensors& file = checkpoint.file();  // keeps what values() returns
  const auto bytes_of = [&](const StoredTensor& tensor, DType dtype) {
    if (dtype == f32) return std::as_bytes(file.values<float>(tensor.name));
    if (dtype == f64) return std::as_bytes(file.values<double>(tensor.name));
    if (dtype == i32) return std::as_bytes(file.values<std::int32_t>(tensor.name));
    if (dtype == i64) return std::as_bytes(file.values<std::int64_t>(tensor.name));
    return std::as_bytes(file.values<bool>(tensor.name));
  };
  for (const StoredTensor& tensor : file.tensors())
    for (const DType dtype : {f32, f64, i32, i64, boolean})
      if (safetensors_dtype(dtype) == tensor.dtype)
        content.tensors.push_back({tensor.name, dtype, tensor.shape, bytes_of(tensor, dtype)});
  return content;
}

std::string with_checksum(std::string file) {
  static MemoryFile memory;
  const Safetensors read(memory.with(file));
  const auto stored = read.metadata().find(checksum_key);
  if (stored == read.metadata().end()) return file;
  ContentChecksum sum;
  sum.add(read.metadata(), checksum_key);
  for (const StoredTensor& tensor : read.tensors())
    sum.add_tensor(tensor.name, tensor.dtype, tensor.shape, read.bytes(tensor.name));
  const std::string before = "\"" + std::string(checksum_key) + "\":\"" + stored->second + "\"";
  const std::string after = "\"" + std::string(checksum_key) + "\":\"" + sum.text() + "\"";
  const std::size_t at = file.find(before);
  if (at != std::string::npos && before.size() == after.size())
    file.replace(at, before.size(), after);
  return file;
}

}  // namespace foregraph::fuzz
