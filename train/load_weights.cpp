#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/safetensors.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/load_weights.hpp>

namespace foregraph {
namespace {

/// Returns a graph of the variables of the model alone, with their names.
Graph variables_of_model(const Graph& step) {
  Graph g = Graph::empty_like(step);
  for (const Variable& variable : step.variables) {
    const Node& node = step.node(variable.node);
    const bool is_counter = node.scope == 0 && step.text(node.name) == "training_step";
    // Optimizers make theirs in the phase of updates.
    if (variable.owner >= 0 || node.phase != Phase::forward || is_counter) continue;
    const auto scope = g.scope_number(node.scope);
    (void)g.state(step.text(node.name), node.shape, zeros(), node.dtype);
  }
  return g;
}

std::span<std::byte> bytes_of(TrainerBase& trainer, const std::string& name, DType dtype) {
  switch (dtype) {
    case DType::f32:
      return std::as_writable_bytes(trainer.variable<float>(name));
    case DType::f64:
      return std::as_writable_bytes(trainer.variable<double>(name));
    case DType::i32:
      return std::as_writable_bytes(trainer.variable<std::int32_t>(name));
    case DType::i64:
      return std::as_writable_bytes(trainer.variable<std::int64_t>(name));
    case DType::boolean:
      break;
  }
  return std::as_writable_bytes(trainer.variable<bool>(name));
}

}  // namespace

void load_weights(TrainerBase& trainer, const std::filesystem::path& path) {
  const Graph model = variables_of_model(trainer.step_graph());
  const Safetensors file(path);
  check_variables(file, model, ExtraTensors::ignore);
  (void)file.verify();
  for (const Variable& variable : model.variables) {
    const std::string name = full_name(model, variable.node);
    const DType dtype = model.node(variable.node).dtype;
    file.copy_to(name, dtype, bytes_of(trainer, name, dtype));
  }
}

}  // namespace foregraph
