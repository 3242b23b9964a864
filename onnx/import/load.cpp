#include <algorithm>
#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/graph/print.hpp>
#include <foregraph/detail/nn/losses/binary_cross_entropy.hpp>
#include <foregraph/detail/nn/losses/mean_absolute_error.hpp>
#include <foregraph/detail/nn/losses/mean_squared_error.hpp>
#include <foregraph/detail/nn/losses/softmax_cross_entropy.hpp>
#include <foregraph/detail/onnx/import/importer.hpp>
#include <foregraph/detail/onnx/import/patterns.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/ops/shape/permute.hpp>

namespace foregraph::onnx {
namespace {

/// Bytes that belong to the source.
class OwnedSource final : public ByteSource {
 public:
  explicit OwnedSource(std::span<const std::byte> bytes)
      : bytes_(bytes.begin(), bytes.end()), source_(bytes_) {}
  [[nodiscard]] std::string name() const override { return source_.name(); }
  [[nodiscard]] std::int64_t size() const override { return source_.size(); }
  void read(std::int64_t at, std::span<std::byte> to) const override { source_.read(at, to); }

 private:
  std::vector<std::byte> bytes_;
  MemorySource source_;
};

ImportedModel imported(FileModel model, const LoadOptions& options) {
  recognise_patterns(model);
  return Importer(std::make_shared<const FileModel>(std::move(model)), options).run();
}

/// Logits with their classes in the last axis.
Tensor with_classes_last(Tensor logits, int class_axis) {
  const int rank = logits.shape().rank;
  int axis = class_axis != 0 ? class_axis : rank >= 4 ? 1 : rank - 1;
  if (axis < 0) axis += rank;
  if (axis < 1 || axis >= rank)
    throw GraphError("the axis of the classes is " + std::to_string(class_axis) +
                     ", but the output is " + to_string(logits.dtype(), logits.shape()) +
                     "; expected an axis from 1 to " + std::to_string(rank - 1));
  std::vector<int> axes;
  for (int i = 0; i < rank; ++i)
    if (i != axis) axes.push_back(i);
  axes.push_back(axis);
  return axis == rank - 1 ? logits : permute(logits, axes);
}

}  // namespace

ImportError::ImportError(const std::string& file, std::vector<Refusal> refusals)
    : GraphError(in_quotes(file) + " cannot be imported:" + to_lines(refusals)),
      refusals_(std::move(refusals)) {}

ImportedModel load(const std::filesystem::path& path, const LoadOptions& options) {
  return imported(read_model(path), options);
}
ImportedModel load(std::span<const std::byte> bytes, const LoadOptions& options) {
  return imported(read_model(std::make_shared<const OwnedSource>(bytes)), options);
}

Model ImportedModel::with_loss(Loss loss, const LossOptions& options, Location at) {
  const Output* output = &outputs.front();
  if (!options.output.empty()) {
    const auto found = std::find_if(outputs.begin(), outputs.end(), [&](const Output& each) {
      return graph.text(each.name) == options.output;
    });
    if (found == outputs.end()) {
      std::string names;
      for (const Output& each : outputs)
        names += (names.empty() ? "" : ", ") + in_quotes(graph.text(each.name));
      throw GraphError("there is no output " + in_quotes(options.output) + "; expected one of " +
                       names);
    }
    output = &*found;
  }
  const auto scope = graph.root_scope();
  const Tensor value = *output;
  switch (loss) {
    case Loss::softmax_cross_entropy: {
      const Tensor logits = with_classes_last(value, options.class_axis);
      Shape shape = logits.shape();
      --shape.rank;
      const Tensor target = graph.input(options.target, shape, i32, at);
      return {nn::softmax_cross_entropy(logits, target, at), outputs};
    }
    case Loss::none:
      return {value.shape().rank == 0 ? value : mean(value), outputs};
    default:
      break;
  }
  const Tensor target = graph.input(options.target, value.shape(), value.dtype(), at);
  if (loss == Loss::binary_cross_entropy)
    return {nn::binary_cross_entropy(value, target, at), outputs};
  if (loss == Loss::binary_cross_entropy_with_logits)
    return {nn::binary_cross_entropy_with_logits(value, target, at), outputs};
  if (loss == Loss::mean_absolute_error)
    return {nn::mean_absolute_error(value, target, at), outputs};
  return {nn::mean_squared_error(value, target, at), outputs};
}

Model ImportedModel::with_loss(const std::function<Tensor(Graph&, std::span<const Output>)>& make) {
  const auto scope = graph.root_scope();
  return {make(graph, outputs), outputs};
}

}  // namespace foregraph::onnx
