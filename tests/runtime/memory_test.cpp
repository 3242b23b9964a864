// The plan is a contract: a step allocates nothing, and uses the bytes planned, no more and no
// less.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstring>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <vector>

#include "support/allocation_counter.hpp"
#include "support/sanitized.hpp"
#include "support/training_data.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

constexpr auto poison = std::byte{0xa5};

/// Runs one step with every byte of the arena poisoned that the step has to write itself, and
/// gives back how far the transient bytes written reach. Behind the arena comes a guard.
template <class ModelFunction>
std::int64_t high_water(const ModelFunction& model, std::int64_t batch_size) {
  Step planned = compile(model, optim::adam(), batch_size);
  const Plan plan = planned.plan;
  constexpr std::size_t guard = 4096;
  const auto variables_bytes = static_cast<std::size_t>(plan.variables_bytes);
  const auto inputs_bytes = static_cast<std::size_t>(plan.inputs_bytes());
  const auto transient_bytes = static_cast<std::size_t>(plan.transient_bytes);
  Arena arena(variables_bytes + inputs_bytes + transient_bytes + guard);
  std::byte* inputs = arena.data() + variables_bytes;
  std::byte* transient = inputs + inputs_bytes;
  // Two runs with different poison: a byte counts as written if it differs from either.
  std::vector<char> written(transient_bytes + guard, 0);
  Program program(std::move(planned.graph), std::move(planned.plan));
  for (const std::byte filler : {poison, static_cast<std::byte>(~poison)}) {
    std::memset(arena.data(), 0, variables_bytes + inputs_bytes);
    std::memset(transient, static_cast<int>(filler), transient_bytes + guard);
    program.attach(arena.data(), inputs, transient);
    program.run();
    for (std::size_t i = 0; i < written.size(); ++i)
      if (transient[i] != filler) written[i] = 1;
  }
  std::int64_t end = 0;
  for (std::size_t i = 0; i < written.size(); ++i)
    if (written[i] != 0) end = static_cast<std::int64_t>(i) + 1;
  BOOST_TEST(end <= plan.transient_bytes, "the guard behind the arena was written");
  return align_up(end) + plan.variables_bytes + plan.inputs_bytes();
}

template <auto ModelFunction>
void check_high_water() {
  // Looking at each byte takes a sanitizer half a minute for the largest.
  constexpr std::int64_t largest_batch = test::is_sanitized ? 500 : 10'000;
  for (const std::int64_t batch_size :
       {std::int64_t{1}, std::int64_t{7}, std::int64_t{32}, largest_batch})
    BOOST_TEST(high_water(ModelFunction, batch_size) ==
               peak_memory<ModelFunction>(optim::adam(), batch_size).count);
}

template <auto ModelFunction>
void check_no_allocations(const data::Dataset& data) {
  for (const int prefetch : {0, 2}) {
    Trainer<ModelFunction> trainer{optim::adam()};
    const data::Pipeline pipeline = data::from(data).shuffle(1).batch(32).prefetch(prefetch);
    trainer.fit(pipeline, {.epochs = 1});  // allocates the arena
    trainer.prepare(32, prefetch + 1);
    const std::int64_t before = allocation_count();
    for (int i = 0; i < 20; ++i) trainer.step();
    BOOST_TEST(allocation_count() - before == 0);
    // Nor does the loop of fit(): what it allocates are the results of the epochs, however many
    // batches these have. Without findings, since whether an epoch waited long for its data depends
    // on the machine's load.
    const auto allocations_of = [&](std::int64_t epochs, std::int64_t rounds) {
      const data::Pipeline repeated =
          data::from(data).repeat(rounds).shuffle(1).batch(32).prefetch(prefetch);
      std::int64_t start = 0;
      for (int call = 0; call < 2; ++call) {  // the first plans anew
        start = allocation_count();
        trainer.fit(repeated, {.epochs = epochs, .progress = false, .preflight = false});
      }
      return allocation_count() - start;
    };
    const std::int64_t one = allocations_of(1, 1);
    BOOST_TEST(allocations_of(1, 20) <= one + 2);  // a longer list may grow once more
    const std::int64_t of_a_result = 16;
    BOOST_TEST(allocations_of(10, 1) <= one + 9 * of_a_result);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(the_high_water_mark_is_the_planned_peak) {
  check_high_water<models::w1_logistic>();
  check_high_water<models::w2_linear>();
  check_high_water<models::w3_wide_data>();
  check_high_water<models::w4_mlp>();
}

BOOST_AUTO_TEST_CASE(training_allocates_what_was_planned) {
  const data::Dataset data = two_classes(10'100, 10);
  for (const std::int64_t batch_size : {1, 7, 32, 10'000}) {
    Trainer<models::w1_logistic> trainer{optim::adam()};
    trainer.prepare(batch_size, 3);
    BOOST_TEST(
        trainer.allocated().count ==
        peak_memory<models::w1_logistic>(optim::adam(), batch_size, {.input_buffers = 3}).count);
  }
}

BOOST_AUTO_TEST_CASE(a_step_allocates_nothing) {
  check_no_allocations<models::w1_logistic>(two_classes(200, 10));
  check_no_allocations<models::w3_wide_data>(two_classes(200, 100));
  check_no_allocations<models::w4_mlp>(many_classes(100, 784, 10));
}

BOOST_AUTO_TEST_SUITE_END()
