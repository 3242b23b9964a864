#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/kernels/user_kernel.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/validate.hpp>

#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

// Reverses each row by way of a copy in scratch memory of 4 * batch + 100 elements.
namespace {

struct ReverseKernel {
  template <class T, class V>
  static void run(const KernelCall& call) {
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    auto* scratch = static_cast<T*>(call.workspace);
    const std::int64_t count = call.output_shape.elements;
    for (std::int64_t i = 0; i < count; ++i) scratch[i] = x[i];
    for (std::int64_t i = 0; i < count; ++i) out[i] = scratch[count - 1 - i];
  }
};
constexpr OpDef reverse_op{
    .name = "reverse_all",
    .infer =
        [](std::span<const Operand> in, const Attributes&) {
          return Inferred{in[0].shape, in[0].dtype};
        },
    .workspace_bytes =
        [](std::span<const Operand>, const Operand& out, const Attributes&) {
          const Dim bytes = multiply(out.shape.elements(), Dim{bytes_per_element(out.dtype)}).value;
          return bytes + Dim{100};
        },
    .in_place = 1,
    .kernels = &user_kernels<ReverseKernel>};

struct WorkspaceExample {
  Graph g;
  Tensor t;
  Tensor r;
  WorkspaceExample() {
    t = tanh(g.input("x", {batch, 4}));
    r = g.append(reverse_op, {t}, {}, {});
    g.outputs = {sum(r * r, {-1}).id};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(workspace)

BOOST_AUTO_TEST_CASE(kernels_get_what_they_ask_for) {
  const std::vector<double> result =
      evaluate([](Graph& g, const auto& x) { return g.append(reverse_op, {x[0]}, {}, {}); },
               {{{batch, 2}, {1, 2, 3, 4, 5, 6}, f64}});
  const std::vector<double> expected{6, 5, 4, 3, 2, 1};
  BOOST_TEST(result == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_is_planned_for_the_one_call) {
  const WorkspaceExample e;
  const Plan plan = plan_memory(e.g, 16);
  BOOST_TEST(foregraph::validate(e.g, plan).ok());
  std::int64_t found = 0;
  for (const Buffer& b : plan.buffers) {
    if (!b.is_workspace) continue;
    ++found;
    BOOST_TEST(b.range.bytes == 384);  // 16 * 4 * 4 + 100, rounded up to 64
    BOOST_TEST(b.range.last - b.range.first == 1);
    BOOST_TEST(b.first_node == e.r.id);
  }
  BOOST_TEST(found == 1);
  BOOST_TEST(plan.at_peak.workspace_bytes == 384);
  BOOST_TEST((plan_memory(e.g, 17).at_peak.workspace_bytes == 384));
  BOOST_TEST((plan_memory(e.g, 32).at_peak.workspace_bytes == 640));
}

BOOST_AUTO_TEST_CASE(the_report_names_it) {
  const WorkspaceExample e;
  const Plan plan = plan_memory(e.g, 16);
  check_contains(foregraph::plan_report(e.g, plan), "workspace of %2 reverse_all f32[batch,4]");
  BOOST_CHECK_EXCEPTION(
      check_budget(e.g, plan, Bytes{512}), BudgetError, [](const BudgetError& error) {
        check_contains(error.what(), "workspace of %2 reverse_all f32[batch,4] with 384 B");
        return true;
      });
}

BOOST_AUTO_TEST_CASE(a_plan_that_lets_it_meet_anything_else_is_refused) {
  const WorkspaceExample e;
  const Plan good = plan_memory(e.g, 16);
  const auto violation_at = [&](Place where) {
    Plan plan = good;
    plan.transient_bytes += 256;  // room beyond the last buffer
    plan.workspaces[static_cast<std::size_t>(e.r.id)] = where;
    return foregraph::validate(e.g, plan).violation;
  };
  const Place result = good.places[static_cast<std::size_t>(e.r.id)];
  // The result is written over the operand here, so scratch memory meets both.
  BOOST_TEST((violation_at(result) == Violation::value_was_overwritten));
  BOOST_TEST(
      (violation_at({Segment::transient, good.transient_bytes + 64}) == Violation::out_of_bounds));
  BOOST_TEST((violation_at({}) == Violation::out_of_bounds));
  Plan plan = good;
  plan.transient_bytes += 4096;
  const Place after{Segment::transient, good.transient_bytes};
  plan.places[static_cast<std::size_t>(e.r.id)] = after;
  plan.workspaces[static_cast<std::size_t>(e.r.id)] = after;
  BOOST_TEST((foregraph::validate(e.g, plan).violation == Violation::workspace_overlaps));
  plan.workspaces[static_cast<std::size_t>(e.r.id)].offset += 4;
  BOOST_TEST((foregraph::validate(e.g, plan).violation == Violation::misaligned));
}

BOOST_AUTO_TEST_SUITE_END()
