#include <foregraph/detail/base/files/in_quotes.hpp>
#include <foregraph/detail/base/version.hpp>
#include <foregraph/detail/compile/results.hpp>
#include <foregraph/detail/onnx/export/exporter.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>
#include <foregraph/detail/onnx/save.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <foregraph/detail/train/predict/predictions.hpp>

namespace foregraph::onnx {
namespace saving {

void write(const std::filesystem::path& path, ExportSource source, const SaveOptions& options) {
  constexpr std::int64_t first_opset = 17;
  constexpr std::int64_t last_opset = 21;
  if (options.opset < first_opset || options.opset > last_opset)
    throw UsageError("save: the opset is " + std::to_string(options.opset) + "; expected " +
                     std::to_string(first_opset) + " to " + std::to_string(last_opset));
  if (source.graph->outputs.empty())
    throw UsageError("save: the model has no outputs; name them in Model::outputs");
  const Graph graph = with_exportable_ops(*source.graph);
  source.graph = &graph;
  source.opset = options.opset;
  source.imported = options.variables;
  std::vector<Refusal> refusals;
  WrittenModel model = Exporter(source).run(refusals);
  if (!refusals.empty()) throw ExportError(path, std::move(refusals));
  model.name = options.name;
  model.producer = "foregraph";
  model.producer_version = FOREGRAPH_VERSION;
  write_model(path, model, options.external_data);
}

void write(const std::filesystem::path& path, const PredictionModel& trained,
           const SaveOptions& options) {
  ExportSource source;
  source.graph = trained.graph;
  source.output_names = trained.output_names;
  source.settings = trained.settings;
  source.variable = [&](std::size_t index) -> std::span<const std::byte> {
    const Node& node = trained.graph->node(trained.graph->variables[index].node);
    const std::int64_t bytes = node.shape.elements().constant * bytes_per_element(node.dtype);
    return {trained.variables + trained.variable_offsets[index], static_cast<std::size_t>(bytes)};
  };
  write(path, source, options);
}

}  // namespace saving

ExportError::ExportError(const std::filesystem::path& file, std::vector<Refusal> refusals)
    : GraphError("the model cannot be exported to " + in_quotes(file.string()) + ":" +
                 to_lines(refusals)),
      refusals_(std::move(refusals)) {}

void save(const std::filesystem::path& path, const TrainerBase& trainer,
          const SaveOptions& options) {
  saving::write(path, trainer.prediction_model(), options);
}
void save(const std::filesystem::path& path, const PredictorBase& predictor,
          const SaveOptions& options) {
  saving::write(path, predictor.prediction_model(), options);
}
void save(const std::filesystem::path& path, const Graph& graph, const Model& model,
          const VariableValues& values, const SaveOptions& options) {
  const Graph prediction = prediction_graph(graph, model);
  if (prediction.first_fault) throw_fault(prediction.first_fault);
  const std::vector<std::string> names = output_names(graph, model);
  ExportSource source;
  source.graph = &prediction;
  source.output_names = names;
  source.variable = [&](std::size_t index) {
    return values(full_name(prediction, prediction.variables[index].node));
  };
  saving::write(path, source, options);
}

}  // namespace foregraph::onnx
