#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/compile/paging/ops.hpp>
#include <foregraph/detail/compile/paging/paging.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <limits>
#include <map>
#include <string>

#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(paging_of_steps)

namespace {

constexpr std::int64_t width = 16;
constexpr std::int64_t samples = 16384;
constexpr std::int64_t value_bytes = width * samples * 4;

/// A chain of `length` products, whose operands are all read again on the way back.
Step chain(int length) {
  const auto model = [length](Graph& g) {
    Tensor h = g.input("x", {batch, width});
    for (int i = 0; i < length; ++i)
      h = matmul(h, g.parameter("w" + std::to_string(i), {width, width}));
    return Model{.loss = mean(h * h), .outputs = {h}};
  };
  return compile(model, optim::sgd(), samples);
}

/// Checks that every transfer that begins is waited for once, after it, and in the order in which
/// the file's thread works.
void check_transfers(const PagedStep& step) {
  std::map<std::int64_t, int> state;
  bool has_updated = false;
  for (const std::int32_t task : step.plan.order.tasks) {
    const Task& each = step.plan.tasks.list[static_cast<std::size_t>(task)];
    if (each.kind == Task::Kind::copy) {
      has_updated = true;
      continue;
    }
    for (const NodeId id : step.plan.tasks.members_of(each))
      if (step.plan.order.bound_variable[static_cast<std::size_t>(id)] >= 0) has_updated = true;
    if (each.kind != Task::Kind::op) continue;
    const Node& node = step.graph.node(step.plan.tasks.members_of(each).front());
    if (!paging::is_page_op(node.op)) continue;
    const std::int64_t transfer = node.attributes.integers[paging::transfer_attribute];
    BOOST_TEST(node.attributes.integers[paging::after_update_attribute] == has_updated);
    const bool begins = node.op == &paging::page_out_op || node.op == &paging::page_in_op;
    BOOST_TEST(state[transfer] == (begins ? 0 : 1));
    ++state[transfer];
  }
  BOOST_TEST(static_cast<std::int64_t>(state.size()) == step.transfers);
  for (const auto& [transfer, count] : state) BOOST_TEST(count == 2);
}

/// Pages the step of a model into a share of the peak that it has with all values kept.
template <class ModelFunction>
void check_fits(const char* name, const ModelFunction& model, std::int64_t batch_size,
                double share) {
  const Step kept = compile(model, optim::sgd(), batch_size, {.extra_time = 0});
  const Step step = compile(model, optim::sgd(), batch_size);
  const Bytes budget{
      static_cast<std::int64_t>(share * static_cast<double>(kept.plan.peak().count))};
  BOOST_TEST_CONTEXT(name << " in " << share << " of its peak") {
    const auto paged = page_to_fit(step.graph, step.plan, budget);
    BOOST_TEST_REQUIRE(paged.has_value());
    BOOST_TEST(validate(paged->graph, paged->plan).ok());
    BOOST_TEST(paged->plan.peak().count <= budget.count);
    BOOST_TEST(paged->read_bytes >= paged->written_bytes);
    BOOST_TEST(paged->file_bytes >= paged->written_bytes);
    check_transfers(*paged);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_chains_moves_the_bytes_that_are_missing_and_no_more) {
  for (const int length : {8, 16, 32}) {
    const Step step = chain(length);
    for (int fewer = 1; fewer <= length - 4; ++fewer) {
      const auto paged =
          page_within(step.graph, step.plan, {step.plan.transient_bytes - fewer * value_bytes});
      BOOST_TEST_CONTEXT("length " << length << ", " << fewer << " values fewer") {
        BOOST_TEST_REQUIRE(paged.has_value());
        BOOST_TEST(validate(paged->graph, paged->plan).ok());
        // On a chain each value that leaves makes room for one more.
        BOOST_TEST(paged->written_bytes == fewer * value_bytes);
        BOOST_TEST(paged->read_bytes == fewer * value_bytes);
        check_transfers(*paged);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(networks_fit_three_tenths_of_their_peak) {
  check_fits("w6", models::w6_resnet20, 32, 0.3);
  check_fits("w8", models::w8_transformer, 16, 0.3);
}

BOOST_AUTO_TEST_CASE(a_failed_transfer_tells_the_state_of_the_variables) {
  for (const bool after_update : {false, true}) {
    PageFile file({}, 0, 1);
    std::array<std::byte, 8> memory{};
    file.begin_read(0, memory.data(), 8, 0);
    Attributes attributes;
    attributes.integers[paging::after_update_attribute] = after_update ? 1 : 0;
    KernelCall call;
    call.attributes = &attributes;
    call.region = &file;
    const std::string state =
        after_update ? ". The step has updated some of its variables and others not: load a "
                       "checkpoint before the next step"
                     : ". The step has changed no variable and can run again";
    for (const KernelTable* table :
         {&paging::page_written_kernels(), &paging::page_ready_kernels()})
      BOOST_CHECK_EXCEPTION(table->run[0](call), FileError, [&](const FileError& error) {
        return std::string(error.what()).ends_with(state);
      });
  }
}

BOOST_AUTO_TEST_CASE(less_than_a_task_needs_is_refused) {
  const Step step = chain(8);
  BOOST_TEST(!page_within(step.graph, step.plan, {value_bytes}).has_value());
  BOOST_TEST(!page_to_fit(step.graph, step.plan, Bytes{step.plan.fixed_bytes()}).has_value());
  const Bytes smallest = smallest_by_paging(step.graph, step.plan);
  BOOST_TEST(smallest.count < step.plan.peak().count);
  BOOST_TEST(page_to_fit(step.graph, step.plan, smallest).has_value());
  // Also where the placement of the smallest peak has gaps.
  const Step vgg = compile(models::vgg16_cifar100, optim::sgd(), 32);
  const Bytes least = smallest_by_paging(vgg.graph, vgg.plan);
  BOOST_TEST(least.count < vgg.plan.peak().count);
  const auto paged = page_to_fit(vgg.graph, vgg.plan, least);
  BOOST_TEST_REQUIRE(paged.has_value());
  BOOST_TEST(paged->plan.peak().count <= least.count);
}

BOOST_AUTO_TEST_CASE(the_time_is_that_of_the_slower_of_both) {
  const Step step = chain(16);
  const auto paged =
      page_within(step.graph, step.plan, {step.plan.transient_bytes - 8 * value_bytes});
  BOOST_TEST_REQUIRE(paged.has_value());
  const auto moved = static_cast<double>(paged->written_bytes + paged->read_bytes);
  const auto seconds = [&](double compute, double speed) {
    return paged_step_seconds(paged->graph, paged->plan, compute, speed, speed);
  };
  BOOST_TEST(seconds(0, 1e9) == moved / 1e9, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(seconds(2, 1e15) == 2, boost::test_tools::tolerance(1e-3));
  const double both = seconds(moved / 1e9, 1e9);
  BOOST_TEST(both > 1.0 * moved / 1e9);  // the first write waits for the first task
  BOOST_TEST(both < 1.9 * moved / 1e9);  // much of the rest runs beside tasks
  const auto refusal = [&](double compute, double write, double read) -> std::string {
    try {
      (void)paged_step_seconds(paged->graph, paged->plan, compute, write, read);
    } catch (const UsageError& error) {
      return error.what();
    }
    return "";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string expected =
      " bytes per second was given, expected a positive number; measure_disk() measures it";
  BOOST_TEST(refusal(1, 0, 1e9) == "paged_step_seconds: a disk that writes 0" + expected);
  BOOST_TEST(refusal(1, 1e9, -2) == "paged_step_seconds: a disk that reads -2" + expected);
  BOOST_TEST(refusal(1, nan, 1e9) == "paged_step_seconds: a disk that writes nan" + expected);
  BOOST_TEST(refusal(-1, 1e9, 1e9) ==
             "paged_step_seconds: a step of -1 seconds was given, expected a finite number of 0 or "
             "more");
  BOOST_TEST(refusal(nan, 1e9, 1e9) != "");
}

BOOST_AUTO_TEST_SUITE_END()
