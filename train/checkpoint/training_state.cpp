#include <cmath>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/train/checkpoint/training_state.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace foregraph {
namespace {

using Json = nlohmann::json;

[[noreturn]] void throw_state_error(const Checkpoint& checkpoint, std::string_view key,
                                    const std::string& what) {
  throw DataError("checkpoint '" + checkpoint.file().path().string() + "': its entry '" +
                  std::string(key) + "' " + what + "; the file was not written by this library");
}

/// Returns a number as JSON; NaN and infinities become text.
Json exact(double value) {
  if (std::isfinite(value)) return value;
  return exact_text(value);
}

/// Thrown for JSON with the wrong content.
struct WrongContent {};

/// Calls `parse`; throws DataError if the text is not JSON with the right content.
template <class Parse>
void parse_entry(const Checkpoint& checkpoint, std::string_view key, const char* wrong,
                 const Parse& parse) {
  try {
    parse(Json::parse(checkpoint.text(key)));
  } catch (const Json::exception&) {
    throw_state_error(checkpoint, key, wrong);
  } catch (const WrongContent&) {
    throw_state_error(checkpoint, key, wrong);
  }
}

double number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const auto& text = value.get_ref<const std::string&>();
  for (const double number :
       {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
        std::nan(""), -std::nan("")})
    if (text == exact_text(number)) return number;
  throw WrongContent{};
}

/// Reads a count without Json::get(), whose conversion of fractions or values beyond 64 bits is
/// undefined.
std::int64_t count_of(const Json& value) {
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
    throw WrongContent{};
  return value.get<std::int64_t>();
}

Json text_of(const EpochResult& result) {
  Json json{{"epoch", result.epoch},
            {"steps", result.steps},
            {"samples", result.samples},
            {"loss", exact(result.loss)},
            {"deviation", exact(result.batch_loss_deviation)},
            {"seconds", exact(result.seconds)},
            {"notes", result.notes}};
  if (result.evaluation_loss) json["evaluation_loss"] = exact(*result.evaluation_loss);
  if (result.learning_rate) json["learning_rate"] = exact(*result.learning_rate);
  json["metrics"] = Json::array();
  for (const auto& [name, value] : result.metrics)
    json["metrics"].push_back(Json::array({name, exact(value)}));
  return json;
}

EpochResult result_of(const Json& json) {
  EpochResult result;
  result.epoch = count_of(json.at("epoch"));
  result.steps = count_of(json.at("steps"));
  result.samples = count_of(json.at("samples"));
  result.loss = number_of(json.at("loss"));
  result.batch_loss_deviation = number_of(json.at("deviation"));
  result.seconds = number_of(json.at("seconds"));
  result.notes = json.at("notes").get<std::vector<std::string>>();
  if (json.contains("evaluation_loss"))
    result.evaluation_loss = number_of(json.at("evaluation_loss"));
  if (json.contains("learning_rate")) result.learning_rate = number_of(json.at("learning_rate"));
  for (const Json& metric : json.at("metrics"))
    result.metrics.emplace_back(metric.at(0).get<std::string>(), number_of(metric.at(1)));
  return result;
}

}  // namespace

std::vector<NamedTensor> tensors_of(const Graph& graph, std::span<const std::int64_t> offsets,
                                    const std::byte* variables) {
  std::vector<NamedTensor> tensors;
  for (std::size_t v = 0; v < graph.variables.size(); ++v) {
    const NodeId id = graph.variables[v].node;
    const Node& node = graph.node(id);
    NamedTensor tensor{.name = full_name(graph, id), .dtype = node.dtype};
    for (int axis = 0; axis < node.shape.rank; ++axis)
      tensor.shape.push_back(node.shape[axis].constant);
    tensor.bytes = {
        variables + offsets[v],
        static_cast<std::size_t>(node.shape.elements().constant * bytes_per_element(node.dtype))};
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void copy_variables(const Safetensors& file, const Graph& graph,
                    std::span<const std::int64_t> offsets, std::byte* variables) {
  for (std::size_t v = 0; v < graph.variables.size(); ++v) {
    const NodeId id = graph.variables[v].node;
    const Node& node = graph.node(id);
    file.copy_to(full_name(graph, id), node.dtype,
                 {variables + offsets[v], static_cast<std::size_t>(node.shape.elements().constant *
                                                                   bytes_per_element(node.dtype))});
  }
}

std::string numbers_text(std::span<const double> numbers) {
  Json json = Json::array();
  for (const double number : numbers) json.push_back(exact(number));
  return json.dump();
}

std::vector<double> numbers_of(const Checkpoint& checkpoint, std::string_view key) {
  std::vector<double> numbers;
  parse_entry(checkpoint, key, "is not a list of numbers", [&](const Json& json) {
    for (const Json& number : json) numbers.push_back(number_of(number));
  });
  return numbers;
}

std::string history_text(const History& history) {
  Json json = Json::array();
  for (const EpochResult& result : history) json.push_back(text_of(result));
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

History history_of(const Checkpoint& checkpoint, std::string_view key) {
  History history;
  parse_entry(checkpoint, key, "is not a history", [&](const Json& json) {
    for (const Json& result : json) history.push_back(result_of(result));
  });
  return history;
}

std::shared_ptr<const data::Preprocessing> preprocessing_of(const Checkpoint& checkpoint) {
  if (!checkpoint.has("preprocessing")) return nullptr;
  auto preprocessing = std::make_shared<const data::Preprocessing>(
      data::Preprocessing::from_json(checkpoint.text("preprocessing")));
  if (preprocessing->fingerprint() != checkpoint.bits("preprocessing.fingerprint"))
    throw_state_error(checkpoint, "preprocessing",
                      "does not have the fingerprint it was saved with");
  return preprocessing;
}

void add_preprocessing(const data::Preprocessing& preprocessing, Metadata& state) {
  state["preprocessing"] = preprocessing.to_json();
  state["preprocessing.fingerprint"] = bits_text(preprocessing.fingerprint());
}

void check_preprocessing(const data::Preprocessing* trained, const data::Pipeline& data,
                         const std::string& who) {
  const data::Preprocessing* given = data.preprocessing();
  const std::uint64_t before = trained != nullptr ? trained->fingerprint() : 0;
  if ((given != nullptr ? given->fingerprint() : 0) == before) return;
  std::string what;
  if (given == nullptr) {
    what = "this pipeline has none";
  } else if (trained == nullptr) {
    what = "the model was trained without one";
  } else {
    what = data::difference(*trained, *given);
  }
  throw DataError(
      who + ": the preprocessing differs from the one the model was trained with: " + what +
      "; give this pipeline the object that preprocessing() returns: " + "preprocess(...)");
}

void check_model(const Checkpoint& checkpoint, std::uint64_t fingerprint) {
  if (checkpoint.model_fingerprint() == fingerprint) return;
  throw DataError("checkpoint '" + checkpoint.file().path().string() +
                  "' belongs to another model: its variables have the same names and shapes, but "
                  "its ops differ (fingerprint " +
                  bits_text(checkpoint.model_fingerprint()) + ", this model's is " +
                  bits_text(fingerprint) + "); build the model that was saved");
}

}  // namespace foregraph
