#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <map>

#include <foregraph/detail/base/error.hpp>

#include "onnx/import.hpp"
#include "onnx/report.hpp"

using namespace foregraph;
using namespace foregraph::onnx_tests;

namespace {

/// |expected - actual| <= relative * |expected| + absolute. ONNX's own tests of backends allow 1e-3
/// and 1e-7. 1e-5 is some hundred times the rounding of f32; and 3e-7 five roundings of a number of
/// size 1, since a small difference of such numbers (x - mean) cannot be better, and comes out
/// differently for each instruction set.
struct Tolerance {
  double relative = 1e-5;
  double absolute = 3e-7;
};
Tolerance tolerance_of(const std::string& test) {
  // Windows of signal processing: the reference computes with a pi of 3.1415.
  if (test.find("window") != std::string::npos) return {.relative = 1e-3};
  return {};
}

/// The package that docs/onnx.md and the counts below are about: libonnx-testdata 1.12.0 of Debian
/// 12. Other versions have other tests; they are compared too, but not counted.
constexpr std::size_t tests_of_package = 1049;
/// No test may become skipped unnoticed. Raise it when a mapping or an op is added.
constexpr std::size_t expected_to_pass = 757;
/// How many of the node tests also in f64, and with the batch as an axis of a result.
constexpr std::size_t expected_to_pass_in_f64 = 484;
constexpr std::size_t expected_to_pass_with_batch = 465;

std::string data_folder() {
  const char* set = std::getenv("FOREGRAPH_ONNX_DATA");
  return set != nullptr ? set : FOREGRAPH_ONNX_DATA;
}

/// Why `actual` is not `expected`, or "".
std::string difference(const Value& expected, const Shape& shape, DType dtype,
                       const std::vector<double>& actual, Tolerance tolerance) {
  if (*expected.dtype != dtype || shape_of(expected) != shape)
    return "is " + to_string(dtype, shape) + ", expected " +
           to_string(*expected.dtype, shape_of(expected));
  double worst = 0;
  std::size_t where = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double e = expected.values[i], a = actual[i];
    if (e == a || (std::isnan(e) && std::isnan(a))) continue;
    const double off = std::abs(e - a) / (tolerance.absolute + tolerance.relative * std::abs(e));
    if (off > worst || std::isnan(off)) {
      worst = std::isnan(off) ? HUGE_VAL : off;
      where = i;
    }
  }
  if (worst <= 1) return {};
  return "differs most at element " + std::to_string(where) + ": expected " +
         std::to_string(expected.values[where]) + ", got " + std::to_string(actual[where]) + ", " +
         std::to_string(worst) + " times the tolerance";
}

/// Throws Skip where something the model needs is missing.
void check_supported(const NodeTest& test, const std::string& op) {
  for (const NodeProto& node : test.nodes)
    if (const std::string reason = reason_without_mapping(node.op_type); !reason.empty())
      throw Skip{node.op_type == op ? reason : "made of " + node.op_type + ": " + reason};
  for (const auto& [name, value] : test.inputs)
    if (!value.dtype) throw Skip{"dtype " + value.type};
  for (const Value& value : test.outputs) {
    if (!value.dtype) throw Skip{"dtype " + value.type};
    if (std::count(value.dims.begin(), value.dims.end(), 0) > 0)
      throw Skip{"a dimension of size 0"};
    if (value.dims.size() > Shape::max_rank) throw Skip{"rank above 6"};
  }
}

struct Comparison {
  std::string problem;    ///< the first difference, or ""
  bool computed = false;  ///< by the graph, not known when it was built
  bool batched = false;   ///< a result depends on the batch
};

/// Builds, plans and runs a model. Throws Skip. The inputs in `batched` have the batch as axis 0.
Comparison run(const NodeTest& test, const std::vector<std::string>& batched = {},
               std::int64_t batch_size = 1) {
  Import import;
  import.opset = test.opset;
  import.batch_size = batch_size;
  for (const auto& [name, value] : test.inputs)
    import.tensors[name] =
        Known{{}, value, true, std::count(batched.begin(), batched.end(), name) > 0};
  for (const NodeProto& node : test.nodes) {
    Op op(import, node);
    find_mapping(node.op_type)->build(op);
  }
  Comparison comparison;
  Graph& graph = import.graph;
  std::vector<Known*> results;
  for (const std::string& name : test.output_names) {
    const auto found = import.tensors.find(name);
    if (found == import.tensors.end()) throw Skip{"only the first outputs"};
    results.push_back(&found->second);
    comparison.computed |= !found->second.has_value;
    graph.outputs.push_back(import.tensor(found->second).id);
  }
  const auto values = test::evaluate_outputs(graph, import.inputs, Mode::evaluation, batch_size);
  for (std::size_t i = 0; i < values.size() && comparison.problem.empty(); ++i) {
    const Tensor result = results[i]->tensor;
    Shape shape = result.shape();
    for (int axis = 0; axis < shape.rank; ++axis) {
      comparison.batched |= !shape[axis].is_constant();
      shape.set(axis, shape[axis].at(batch_size));
    }
    const std::string what =
        difference(test.outputs[i], shape, result.dtype(), values[i], tolerance_of(test.name));
    if (!what.empty()) comparison.problem = "output " + test.output_names[i] + " " + what;
  }
  return comparison;
}

/// The same with the batch as axis 0 of all inputs as long as the first there, or else of the
/// first alone. Nothing if Foregraph refuses both, as it must for a weight that has the batch.
Comparison run_with_batch(const NodeTest& test) {
  const std::string& first = test.nodes[0].inputs.at(0);
  const auto found = test.inputs.find(first);
  if (found == test.inputs.end() || found->second.dims.empty()) return {};
  const std::int64_t size = found->second.dims[0];
  std::vector<std::string> alike;
  for (const auto& [name, value] : test.inputs)
    if (!value.dims.empty() && value.dims[0] == size) alike.push_back(name);
  for (const std::vector<std::string>& batched : {alike, std::vector<std::string>{first}}) {
    try {
      return run(test, batched, size);
    } catch (const GraphError&) {
    } catch (const Skip&) {
    }
  }
  return {};
}

/// The same with f64 for f32: the kernels of the other dtype, by the same reference. Nothing if an
/// attribute names a dtype.
Comparison run_in_f64(const NodeTest& test) {
  NodeTest wide = test;
  bool any = false;
  const auto widen = [&any](Value& value) {
    if (value.dtype != f32) return;
    value.dtype = f64;
    any = true;
  };
  for (auto& [name, value] : wide.inputs) widen(value);
  if (!any) return {};
  for (Value& value : wide.outputs) widen(value);
  for (const char* names_dtype : {"dtype", "to", "value"})
    if (test.nodes[0].attributes.contains(names_dtype)) return {};
  return run(wide);
}

/// The op a test is about: "_expanded" ones hold the nodes the op of their twin is made of.
std::string op_of(const NodeTest& test, const std::map<std::string, std::string>& ops) {
  const std::string suffix = "_expanded";
  if (test.name.ends_with(suffix)) {
    const auto twin = ops.find(test.name.substr(0, test.name.size() - suffix.size()));
    if (twin != ops.end()) return twin->second;
  }
  return test.nodes.back().op_type;
}

const std::vector<Outcome>& outcomes() {
  static const std::vector<Outcome> all = [] {
    std::vector<Outcome> result;
    std::map<std::string, std::string> ops;
    for (const std::string folder : {"node", "pytorch-converted", "pytorch-operator"})
      for (const std::string& name : names_of_tests(data_folder() + '/' + folder)) {
        Outcome outcome{folder, name};
        try {
          const NodeTest test = read_test(data_folder() + '/' + folder, name);
          ops[name] = outcome.op = op_of(test, ops);
          check_supported(test, outcome.folder == "node" ? outcome.op : "");
          const Comparison comparison = run(test);
          outcome.reason = comparison.problem;
          outcome.status = !comparison.problem.empty() ? Status::failed
                           : comparison.computed       ? Status::passed
                                                       : Status::known_at_build_time;
          if (outcome.status == Status::passed && test.nodes.size() == 1 &&
              !test.nodes[0].inputs.empty()) {
            const Comparison with_batch = run_with_batch(test);
            outcome.with_batch = with_batch.batched;
            outcome.problem_with_batch = with_batch.problem;
            const Comparison in_f64 = run_in_f64(test);
            outcome.in_f64 = in_f64.computed;
            outcome.problem_in_f64 = in_f64.problem;
          }
        } catch (const Skip& skipped) {
          outcome.status = Status::skipped;
          outcome.reason = skipped.reason;
        } catch (const std::exception& error) {
          outcome.status = Status::failed;
          outcome.reason = error.what();
        }
        result.push_back(std::move(outcome));
      }
    return result;
  }();
  return all;
}

/// False, with a message that makes ctest report "skipped", where the package is not installed.
bool have_data() {
  if (!outcomes().empty()) return true;
  BOOST_TEST_MESSAGE("ONNX test data not found in '" << data_folder()
                                                     << "' (Debian package libonnx-testdata)");
  BOOST_TEST(true);
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(onnx_node_tests)

BOOST_AUTO_TEST_CASE(every_result_agrees) {
  if (!have_data()) return;
  for (const Outcome& outcome : outcomes())
    BOOST_CHECK_MESSAGE(outcome.status != Status::failed,
                        outcome.name << " (" << outcome.op << "): " << outcome.reason);
}

/// Not only the sizes of the tests are planned, but every size of the batch.
BOOST_AUTO_TEST_CASE(results_agree_with_a_batch_axis) {
  if (!have_data()) return;
  std::size_t agreeing = 0;
  for (const Outcome& outcome : outcomes()) {
    BOOST_CHECK_MESSAGE(outcome.problem_with_batch.empty(),
                        outcome.name << " with a batch axis: " << outcome.problem_with_batch);
    agreeing +=
        outcome.folder == "node" && outcome.with_batch && outcome.problem_with_batch.empty();
  }
  if (outcomes().size() == tests_of_package) BOOST_TEST(agreeing >= expected_to_pass_with_batch);
}

BOOST_AUTO_TEST_CASE(results_agree_in_f64) {
  if (!have_data()) return;
  std::size_t agreeing = 0;
  for (const Outcome& outcome : outcomes()) {
    BOOST_CHECK_MESSAGE(outcome.problem_in_f64.empty(),
                        outcome.name << " in f64: " << outcome.problem_in_f64);
    agreeing += outcome.folder == "node" && outcome.in_f64 && outcome.problem_in_f64.empty();
  }
  if (outcomes().size() == tests_of_package) BOOST_TEST(agreeing >= expected_to_pass_in_f64);
}

BOOST_AUTO_TEST_CASE(no_test_became_skipped) {
  if (!have_data() || outcomes().size() != tests_of_package) return;
  BOOST_TEST(count(outcomes(), Status::passed) >= expected_to_pass);
}

BOOST_AUTO_TEST_CASE(the_table_is_up_to_date) {
  if (!have_data() || outcomes().size() != tests_of_package) return;
  const std::string path = FOREGRAPH_ONNX_TABLE;
  if (std::getenv("FOREGRAPH_UPDATE_ONNX_TABLE") != nullptr) write_text(path, table(outcomes()));
  BOOST_TEST((read_text(path) == table(outcomes())),
             path << " is out of date; write it with FOREGRAPH_UPDATE_ONNX_TABLE=1 test_onnx");
}

BOOST_AUTO_TEST_SUITE_END()
