#include "onnx/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/onnx/load.hpp>

#include "onnx/evaluation.hpp"

namespace foregraph::onnx_tests {
namespace {

/// |expected - actual| <= relative * |expected| + absolute. ONNX's own tests of backends allow 1e-3
/// and 1e-7. 1e-5 is some hundred times the rounding of f32; and 3e-7 five roundings of a number of
/// size 1, since a small difference of such numbers (x - mean) cannot be better, and comes out
/// differently for each instruction set.
struct Tolerance {
  double relative = 1e-5;
  double absolute = 3e-7;
};
Tolerance tolerance_of(const NodeTest& test, const Value& expected) {
  // Windows of signal processing: the reference computes with a pi of 3.1415.
  if (test.name.find("window") != std::string::npos) return {.relative = 1e-3};
  // The expected values have four digits.
  if (test.name == "test_gridsample_bicubic") return {.absolute = 5e-5};
  // The reference rounds to 11 or 8 bits, also between the ops; the library computes with f32.
  if (is_widened(expected))
    return {.relative = expected.type == "bfloat16" ? 8e-3 : 2e-3, .absolute = 1e-4};
  return {};
}

/// Why `actual` is not `expected`, or "".
std::string difference(const Value& expected, const Result& actual, Tolerance tolerance,
                       bool in_f64) {
  const DType dtype = in_f64 && *expected.dtype == f32 ? f64 : *expected.dtype;
  if (dtype != actual.dtype || shape_of(expected) != actual.shape)
    return "is " + to_string(actual.dtype, actual.shape) + ", expected " +
           to_string(dtype, shape_of(expected));
  double worst = 0;
  std::size_t where = 0;
  for (std::size_t i = 0; i < actual.values.size(); ++i) {
    const double e = expected.values[i], a = actual.values[i];
    if (e == a || (std::isnan(e) && std::isnan(a))) continue;
    const double off = std::abs(e - a) / (tolerance.absolute + tolerance.relative * std::abs(e));
    if (off > worst || std::isnan(off)) {
      worst = std::isnan(off) ? HUGE_VAL : off;
      where = i;
    }
  }
  if (worst <= 1) return {};
  return "differs most at element " + std::to_string(where) + ": expected " +
         std::to_string(expected.values[where]) + ", got " + std::to_string(actual.values[where]) +
         ", " + std::to_string(worst) + " times the tolerance";
}

onnx::ImportedModel load_bytes(const std::string& bytes, const onnx::LoadOptions& options) {
  return onnx::load(std::as_bytes(std::span(bytes.data(), bytes.size())), options);
}

/// Runs a model and compares the outputs that it has; the rest of `missing` stays.
void compare_outputs(const NodeTest& test, const onnx::ImportedModel& net, std::int64_t batch_size,
                     bool in_f64, Comparison& comparison, std::set<std::string>& missing) {
  std::map<std::string, std::vector<double>> values;
  for (const auto& [name, value] : test.inputs) values[name] = value.values;
  values[name_of_switch] = {1};
  for (const Result& result : outputs_of(net, values, batch_size, Mode::training)) {
    const auto at = std::find(test.output_names.begin(), test.output_names.end(), result.name);
    const auto i = static_cast<std::size_t>(at - test.output_names.begin());
    missing.erase(result.name);
    comparison.batched |= result.has_batch;
    const std::string what =
        difference(test.outputs.at(i), result, tolerance_of(test, test.outputs.at(i)), in_f64);
    if (!what.empty() && comparison.problem.empty())
      comparison.problem = "output " + result.name + " " + what;
  }
}

/// The first reason of an error, without the file's name.
std::string first_reason(const onnx::ImportError& error) {
  return error.refusals().front().reason;
}
std::string first_reason(const DataError& error) {
  const std::string text = error.what();
  const auto colon = text.find("): ");
  return colon == std::string::npos ? text.substr(0, text.find(". What")) : text.substr(colon + 3);
}

/// Loads the test's model with these options, the outputs that do not depend on an input switched.
/// Throws ImportError.
Comparison run(const NodeTest& test, const onnx::LoadOptions& options, Changes changes,
               std::int64_t batch_size) {
  Comparison comparison;
  std::set<std::string> missing(test.output_names.begin(), test.output_names.end());
  for (const auto& [name, value] : test.inputs)
    if (value.values.empty()) changes.stored.push_back(name);
  // Ops that did not change after version 1 or 6 are tested in models of that version.
  constexpr std::int64_t first_opset = 6;
  if (test.opset < first_opset) changes.opset = first_opset;
  const bool is_changed =
      !changes.batched.empty() || !changes.stored.empty() || changes.in_f64 || changes.opset != 0;
  try {
    const onnx::ImportedModel net = is_changed ? load_bytes(changed_model(test, changes), options)
                                               : onnx::load(test.model, options);
    comparison.computed = true;
    compare_outputs(test, net, batch_size, changes.in_f64, comparison, missing);
  } catch (const DataError& error) {
    if (std::string(error.what()).find("no output that depends on its inputs") == std::string::npos)
      throw;
  }
  if (missing.empty()) return comparison;
  changes.switched.assign(missing.begin(), missing.end());
  const onnx::ImportedModel net = load_bytes(changed_model(test, changes), options);
  compare_outputs(test, net, batch_size, changes.in_f64, comparison, missing);
  if (!missing.empty()) comparison.problem = "output " + *missing.begin() + " is missing";
  return comparison;
}

enum class Given { nothing, later_integers, all_but_the_first, all_integers, everything };

onnx::LoadOptions options_for(const NodeTest& test, Given given) {
  onnx::LoadOptions options;
  options.has_batch = false;
  for (const auto& [name, size] : test.open_sizes)
    if (size > 0) options.dims[name] = size;
  for (std::size_t i = 0; i < test.input_names.size(); ++i) {
    const Value& value = test.inputs.at(test.input_names[i]);
    if (value.values.empty()) continue;
    const bool is_integer = value.dtype && !is_floating(*value.dtype);
    const bool is_given = given == Given::everything ||
                          (given == Given::all_integers && is_integer) ||
                          (given == Given::all_but_the_first && i > 0) ||
                          (given == Given::later_integers && i > 0 && is_integer);
    if (is_given) options.inputs[test.input_names[i]] = value.values;
  }
  return options;
}

/// Why the test cannot be compared, whatever becomes of its model, or "".
std::string reason_of_test(const NodeTest& test) {
  if (test.name.starts_with("test_training_dropout") &&
      test.name.find("zero_ratio") == std::string::npos)
    return "random numbers";
  if (test.opset == 0) return "an op of another domain than ONNX's own";
  if (test.name.starts_with("test_bernoulli")) return "random numbers";
  if (test.name == "test_resize_downsample_scales_linear_align_corners" ||
      test.name == "test_resize_downsample_scales_cubic_align_corners")
    return "the reference takes 2.4 as the size of a result of 2 elements; PyTorch and ONNX "
           "Runtime do not";
  for (const auto& [name, value] : test.inputs)
    if (!value.dtype) return "dtype " + value.type;
  for (const Value& value : test.outputs) {
    if (!value.dtype) return "dtype " + value.type;
    if (std::count(value.dims.begin(), value.dims.end(), 0) > 0) return "a dimension of size 0";
    if (value.dims.size() > Shape::max_rank) return "rank above 6";
  }
  return {};
}

}  // namespace

Comparison compare(const NodeTest& test) {
  Comparison comparison;
  comparison.refusal = reason_of_test(test);
  if (!comparison.refusal.empty()) return comparison;
  constexpr const char* is_data = "depends on the data";
  std::string reason;
  const auto refused = [&](const std::string& text) {
    // The reason that is not about the wrong inputs being given.
    if (reason.empty() || reason.find(is_data) != std::string::npos) reason = text;
  };
  std::size_t before = test.input_names.size() + 1;
  for (const Given given : {Given::nothing, Given::later_integers, Given::all_but_the_first,
                            Given::all_integers, Given::everything}) {
    const onnx::LoadOptions options = options_for(test, given);
    if (options.inputs.size() == before) continue;
    before = options.inputs.size();
    try {
      return run(test, options, {}, 1);
    } catch (const onnx::ImportError& error) {
      refused(first_reason(error));
    } catch (const DataError& error) {
      refused(first_reason(error));
    }
  }
  comparison.refusal = reason;
  return comparison;
}

std::optional<Comparison> compare_with_batch(const NodeTest& test) {
  if (test.operands.empty() || !test.inputs.contains(test.operands.front())) return {};
  const std::string& first = test.operands.front();
  if (test.inputs.at(first).dims.empty()) return {};
  const std::int64_t size = test.inputs.at(first).dims[0];
  std::vector<std::string> alike;
  for (const auto& [name, value] : test.inputs)
    if (!value.dims.empty() && value.dims[0] == size) alike.push_back(name);
  for (const std::vector<std::string>& batched : {alike, std::vector<std::string>{first}}) {
    Changes changes;
    changes.batched = batched;
    try {
      return run(test, {}, changes, size);
    } catch (const onnx::ImportError&) {
    } catch (const DataError&) {
    } catch (const UsageError&) {
    }
  }
  return {};
}

std::optional<Comparison> compare_in_f64(const NodeTest& test) {
  const bool has_f32 = std::any_of(test.inputs.begin(), test.inputs.end(),
                                   [](const auto& each) { return each.second.dtype == f32; });
  const bool has_16_bits = std::any_of(test.inputs.begin(), test.inputs.end(),
                                       [](const auto& each) { return is_widened(each.second); });
  if (!has_f32 || has_16_bits || test.names_a_dtype) return {};
  Changes changes;
  changes.in_f64 = true;
  std::size_t before = test.input_names.size() + 1;
  for (const Given given : {Given::nothing, Given::later_integers, Given::all_but_the_first,
                            Given::all_integers, Given::everything}) {
    const onnx::LoadOptions options = options_for(test, given);
    if (options.inputs.size() == before) continue;
    before = options.inputs.size();
    try {
      return run(test, options, changes, 1);
    } catch (const onnx::ImportError&) {
    } catch (const DataError&) {
    }
  }
  return {};
}

}  // namespace foregraph::onnx_tests
