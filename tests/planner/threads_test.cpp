// Workspaces of threads as a part of the plan.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/user_kernel.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <limits>
#include <string>
#include <vector>

#include "planner/workloads.hpp"

namespace fg = foregraph;

namespace {

using namespace fg::literals;
using workloads::step_of;

/// Reads its operand; `Base + Slope * batch` bytes of workspace on each thread.
struct ScratchKernel {
  template <class T, class V>
  static void run(const fg::KernelCall& call) {
    const auto* x = static_cast<const T*>(call.inputs[0]);
    auto* out = static_cast<T*>(call.output);
    for (std::int64_t i = 0; i < call.output_shape.elements; ++i) out[i] = x[i];
  }
};
template <std::int64_t Base, std::int64_t Slope>
constexpr fg::OpDef scratch_op{
    .name = "with_scratch",
    .infer =
        [](std::span<const fg::Operand> in, const fg::Attributes&) {
          return fg::Inferred{in[0].shape, in[0].dtype};
        },
    .workspace_bytes =
        [](std::span<const fg::Operand>, const fg::Operand&, const fg::Attributes&) {
          return fg::Dim{Base, Slope};
        },
    .workspace_per_thread = true,
    .kernels = &fg::user_kernels<ScratchKernel>};

/// Two workspaces, of which the second is the larger one from batch 11 on.
fg::Graph two_workspaces() {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 3});
  const fg::Tensor a = g.append(scratch_op<1000, 0>, {x}, {}, {});
  const fg::Tensor b = g.append(scratch_op<100, 90>, {a}, {}, {});
  g.outputs = {b.id};
  return g;
}

std::vector<fg::Graph> steps() {
  std::vector<fg::Graph> all;
  all.push_back(step_of(fg::models::w5_lenet, fg::optim::adam()));
  all.push_back(step_of(fg::models::w6_resnet20, fg::optim::sgd()));
  all.push_back(step_of(fg::models::w8_transformer, fg::optim::sgd()));
  all.push_back(two_workspaces());
  return all;
}

bool places_are_equal(const fg::Plan& a, const fg::Plan& b) {
  bool equal = a.places.size() == b.places.size() && a.order.tasks.size() == b.order.tasks.size();
  for (std::size_t i = 0; equal && i < a.order.tasks.size(); ++i)
    equal = a.order.tasks[i] == b.order.tasks[i];
  for (std::size_t i = 0; equal && i < a.places.size(); ++i)
    equal = a.places[i].segment == b.places[i].segment && a.places[i].offset == b.places[i].offset;
  return equal;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(threads_of_a_plan)

BOOST_AUTO_TEST_CASE(each_thread_adds_its_workspace_and_changes_nothing_else) {
  for (const fg::Graph& g : steps())
    for (const std::int64_t size : {1, 8, 33}) {
      const fg::Plan one = fg::plan_memory(g, size);
      const std::int64_t each = fg::planning::workspace_per_thread(g, size);
      BOOST_TEST(one.thread_bytes == 0);
      BOOST_TEST(each > 0);
      BOOST_TEST(each % fg::alignment_bytes == 0);
      for (const int threads : {1, 2, 4, 16, 64}) {
        const fg::Plan plan = fg::plan_memory(g, size, {.threads = threads});
        const std::int64_t added = each * (threads - 1);
        BOOST_TEST(plan.thread_bytes == added);
        BOOST_TEST(plan.peak().count == one.peak().count + added);
        BOOST_TEST(plan.lower_bound().count == one.lower_bound().count + added);
        BOOST_TEST(plan.gap().count == one.gap().count);
        BOOST_TEST(plan.at_peak.workspace_bytes == one.at_peak.workspace_bytes + added);
        BOOST_TEST(places_are_equal(plan, one));
        BOOST_TEST(fg::validate(g, plan).ok());
        std::int64_t alive = 0;
        for (const fg::LiveTensor& tensor : fg::alive_at_peak(g, plan)) alive += tensor.bytes.count;
        BOOST_TEST(alive == plan.lower_bound().count);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_step_without_such_kernels_is_the_same_on_any_number_of_threads) {
  const fg::Graph g = step_of(fg::models::w4_mlp, fg::optim::adam());
  BOOST_TEST(fg::plan_memory(g, 32, {.threads = 64}).peak().count ==
             fg::plan_memory(g, 32).peak().count);
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_refused) {
  const fg::Graph g = two_workspaces();
  for (const int threads : {0, -1, fg::max_threads + 1})
    BOOST_CHECK_EXCEPTION(
        (void)fg::plan_memory(g, 1, {.threads = threads}), fg::UsageError, [&](const auto& e) {
          return e.what() ==
                 "PlanOptions::threads is " + std::to_string(threads) +
                     ", expected 1 to 256; give the number of threads that run the step, such as "
                     "default_threads()";
        });
}

BOOST_AUTO_TEST_CASE(workspaces_beyond_64_bits_are_refused_and_do_not_wrap) {
  fg::Graph g;
  constexpr std::int64_t large = std::numeric_limits<std::int64_t>::max() / 100;
  const fg::Tensor a = g.append(scratch_op<large, 0>, {g.input("x", {fg::batch})}, {}, {});
  g.outputs = {a.id};
  BOOST_TEST(fg::plan_memory(g, 1, {.threads = 64}).peak().count > large * 63);
  BOOST_CHECK_THROW((void)fg::plan_memory(g, 1, {.threads = 101}), fg::BatchError);
  BOOST_TEST(fg::largest_batch(g, {large * 64}, {.threads = 101}) == 0);
}

BOOST_AUTO_TEST_CASE(the_formula_counts_them_at_every_batch) {
  for (const fg::Graph& g : steps())
    for (const int threads : {1, 2, 16}) {
      const fg::Plan plan = fg::plan_memory(g, 24, {.threads = threads});
      const fg::BatchFormula formula = fg::batch_formula(g, plan);
      for (const std::int64_t size : {1, 2, 7, 10, 11, 12, 24, 64, 640}) {
        const std::int64_t bound = fg::lower_bound_at(g, plan, size).count;
        BOOST_TEST(std::abs(formula.at(size) - bound) <= formula.rounding_bytes);
        if (size % formula.exact_for_multiples_of == 0) BOOST_TEST(formula.at(size) == bound);
      }
      BOOST_TEST(fg::lower_bound_at(g, plan, 24).count == plan.lower_bound().count);
    }
}

BOOST_AUTO_TEST_CASE(offsets_are_valid_only_while_the_workspaces_suffice) {
  const fg::Graph g = two_workspaces();
  // Of 12 floats a sample the transient part has room for more samples than the workspaces have.
  const fg::Plan one = fg::plan_memory(g, 20);
  fg::Plan plan = fg::plan_memory(g, 20, {.threads = 3});
  BOOST_TEST(plan.thread_bytes == 2 * 1920);  // 100 + 20 * 90 = 1900
  BOOST_TEST(fg::validate(g, plan, 20).ok());
  plan.thread_bytes -= 2 * fg::alignment_bytes;
  const fg::PlanCheck check = fg::validate(g, plan, 20);
  BOOST_TEST((check.violation == fg::Violation::thread_lacks_workspace));
  BOOST_TEST(g.node(check.node).op->name == "with_scratch");
  BOOST_TEST(fg::validate(g, plan, 19).ok());
  BOOST_TEST(fg::valid_batches(g, plan).last == 19);
  BOOST_TEST(fg::valid_batches(g, one).last >= 20);
}

BOOST_AUTO_TEST_CASE(the_largest_batch_is_that_of_the_threads) {
  for (const fg::Graph& g : steps())
    for (const int threads : {1, 4, 64}) {
      const fg::PlanOptions options{.threads = threads};
      for (const std::int64_t size : {1, 5, 16}) {
        const fg::Bytes budget = fg::plan_memory(g, size, options).peak();
        BOOST_TEST(fg::largest_batch(g, budget, options) >= size);
        fg::check_budget(g, fg::plan_memory(g, size, options), budget);
      }
    }
}

BOOST_AUTO_TEST_CASE(texts_name_the_threads) {
  const fg::Graph g = two_workspaces();
  const fg::Plan plan = fg::plan_memory(g, 1, {.threads = 3});
  const std::string report = fg::plan_report(g, plan);
  BOOST_TEST(report.find("on 2 more threads") != std::string::npos, report);
  const fg::Plan two = fg::plan_memory(g, 1, {.threads = 2});
  BOOST_TEST(fg::plan_report(g, two).find("on 1 more thread ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(sizes_that_print_alike_print_exactly) {
  const fg::Graph g = step_of(fg::models::w5_lenet, fg::optim::adam());
  const fg::Plan plan = fg::plan_memory(g, 64, {.threads = 2});
  try {
    fg::check_budget(g, plan, plan.peak() - 1_B);
    BOOST_ERROR("the plan was accepted");
  } catch (const fg::BudgetError& error) {
    const std::string peak = fg::with_separators(plan.peak().count) + " B)";
    const std::string budget = fg::with_separators(plan.peak().count - 1) + " B)";
    const std::string text = error.what();
    BOOST_TEST(text.find(peak + ", but the memory budget is ") != std::string::npos, text);
    BOOST_TEST(text.find(budget + ". The peak is at ") != std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(the_compiler_plans_for_threads_too) {
  constexpr auto model = [](fg::Graph& g) { return fg::models::w5_lenet(g); };
  constexpr fg::Bytes of_compiler = fg::peak_memory<model>(fg::optim::sgd(), 4, {.threads = 16});
  BOOST_TEST(of_compiler.count ==
             fg::peak_memory(model, fg::optim::sgd(), 4, {.threads = 16}).count);
  BOOST_TEST(of_compiler.count > fg::peak_memory(model, fg::optim::sgd(), 4).count);
}

BOOST_AUTO_TEST_SUITE_END()
