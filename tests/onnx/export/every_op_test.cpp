// Every op of the library: exported, read by ONNX's own checker and imported again, or left out for
// a reason. Lists the ops by what the last line of each op's file does here: hence apart from other
// files.
#include <vector>

namespace foregraph {
struct OpDef;
}
namespace export_test {
inline std::vector<const foregraph::OpDef*>& all_ops() {
  static std::vector<const foregraph::OpDef*> ops;
  return ops;
}
inline bool list_op(const foregraph::OpDef& op) {
  all_ops().push_back(&op);
  return true;
}
}  // namespace export_test

#define FOREGRAPH_JOIN_(a, b) a##b
#define FOREGRAPH_JOIN(a, b) FOREGRAPH_JOIN_(a, b)
#define FOREGRAPH_REGISTER_OP(op)                                              \
  [[maybe_unused]] static const bool FOREGRAPH_JOIN(is_listed_, __COUNTER__) = \
      ::export_test::list_op(op);

#include <boost/test/unit_test.hpp>
#include <foregraph/detail/onnx/export/rules.hpp>
#include <foregraph/detail/onnx/save.hpp>
#include <foregraph/detail/train/predict/forward_pass.hpp>
#include <set>
#include <string>

#include "onnx/export/checked_by_onnx.hpp"
#include "onnx/export/run.hpp"
#include "ops/every_layer_op.hpp"
#include "support/temporary_folder.hpp"

using namespace foregraph;

namespace export_test {

/// The ops that cannot be exported.
const std::set<std::string_view> without_rule{
    // Derivatives.
    "attention_gradients", "average_pool2d_gradient", "blockwise_softmax_cross_entropy_gradients",
    "conv2d_weight_gradient", "gru_gradient", "lstm_gradient", "max_pool2d_gather",
    "max_pool2d_gradient", "product_of_others", "softmax_cross_entropy_gradient", "unslice",
    "upsample_bilinear2d_gradient",
    // Parts of a training step.
    "dropout", "dropout_of_part", "random_uniform", "random_uniform_of_part", "when_training"};

/// A case as a model: its operands, and their values.
struct Built {
  Graph graph{};
  Model model{};
  Values values{};

  explicit Built(const every_op::Case& c) {
    std::vector<Tensor> x;
    unsigned seed = 1;
    for (const every_op::Operand& operand : c.operands) {
      const std::string name = "x" + std::to_string(x.size());
      const bool is_fixed = !operand.fixed.empty();
      const DType dtype =
          is_fixed && !is_floating(operand.fixed_dtype) ? operand.fixed_dtype : DType::f32;
      const auto count = static_cast<std::size_t>(operand.shape.elements().at(1));
      values[name] =
          is_fixed ? operand.fixed : test::random_values(count, seed++, operand.low, operand.high);
      x.push_back(graph.input(name, operand.shape, dtype));
    }
    model.outputs.emplace_back("y", c.f(graph, x));
  }
};

std::span<const std::byte> no_values(const std::string&) {
  return {};
}

}  // namespace export_test

using namespace export_test;

BOOST_AUTO_TEST_SUITE(onnx_export_of_every_op)

BOOST_AUTO_TEST_CASE(has_a_rule_or_an_equivalent_of_ops_with_rules_or_a_reason) {
  BOOST_TEST(all_ops().size() > 100);
  for (const OpDef* op : all_ops()) {
    const bool is_exported =
        onnx::find_export_rule(op->name) != nullptr || op->decompose != nullptr;
    const bool is_listed =
        without_rule.contains(op->name) || op->name == "blockwise_softmax_cross_entropy";
    BOOST_CHECK_MESSAGE(is_exported || is_listed, op->name << " is neither exported nor listed");
    if (is_exported || !is_listed) continue;
    BOOST_CHECK_MESSAGE(
        onnx::reason_without_export_rule(op->name).find("there is no rule") == std::string::npos,
        op->name << " has no reason of its own");
  }
}

BOOST_AUTO_TEST_CASE(gives_the_same_values_when_imported_again) {
  const test::TemporaryFolder folder;
  for (const std::int64_t opset : {17, 21})
    for (const every_op::Case& c : every_op::all_cases()) BOOST_TEST_CONTEXT(c.name) {
        const Built built(c);
        const auto file = folder / "op.onnx";
        onnx::SaveOptions options;
        options.opset = opset;
        try {
          onnx::save(file, built.graph, built.model, no_values, options);
        } catch (const onnx::ExportError& error) {
          for (const onnx::Refusal& refusal : error.refusals())
            BOOST_CHECK_MESSAGE(without_rule.contains(refusal.op), error.what());
          continue;
        }
        BOOST_TEST(problem_found_by_onnx(file) == "");
        const onnx::ImportedModel again = onnx::load(file, {.has_batch = false});
        const auto expected = predictions(built.graph, built.model, built.values, 1);
        const auto actual = predictions(again.graph, again.without_loss(), built.values, 1);
        BOOST_TEST(distance(actual.at(0), expected.at(0)) < 1e-5);
      }
}

BOOST_AUTO_TEST_SUITE_END()
