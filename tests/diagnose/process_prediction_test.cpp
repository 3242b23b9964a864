#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/diagnose/process_prediction.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>

using namespace foregraph;
using namespace foregraph::literals;

namespace {

Step planned(std::int64_t batch_size) {
  return compile(models::w4_mlp, optim::sgd(0.1), batch_size);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prediction_for_the_process)

BOOST_AUTO_TEST_CASE(a_prediction_adds_up) {
  const Step p = planned(64);
  const auto all = predicted_process_peak(p.graph, p.plan, {});
  if (!all) return;  // no /proc
  BOOST_TEST(all->plan.count == p.plan.peak().count);
  BOOST_TEST(
      all->beyond_the_plan().count ==
      (all->code_and_libraries + all->blas_buffers + all->graph_and_program + all->rest).count);
  BOOST_TEST(all->code_and_libraries.count > (1_MiB).count);
  BOOST_TEST(all->peak().count >= (all->plan + all->beyond_the_plan()).count);
  BOOST_TEST(all->peak().count >= all->peak_so_far.count);
  const std::string text = describe_beyond_the_plan(*all);
  for (const char* part : {" in this process (code and libraries ", ", BLAS buffers ",
                           ", graph and program ", ", heap and stacks ", "; measured)"})
    BOOST_TEST(text.find(part) != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(what_is_held_already_counts_once) {
  const Step p = planned(64);
  // From the second call on BLAS and the code are ready, so that the rest is what differs; and what
  // a call leaves behind, as AddressSanitizer keeps freed memory for a while.
  (void)predicted_process_peak(p.graph, p.plan, {});
  const auto whole = predicted_process_peak(p.graph, p.plan, {});
  const auto after_whole = process_memory();
  if (!whole || !after_whole) return;
  const auto part = predicted_process_peak(p.graph, p.plan, 100_KiB);
  const Bytes left_behind = process_memory()->anonymous - after_whole->anonymous;
  BOOST_TEST(std::abs((whole->rest - part->rest + left_behind - 100_KiB).count) < (512_KiB).count);
}

// Without them, the variables of a trainer that exists would count twice: as memory of the process
// and in the plan.
BOOST_AUTO_TEST_CASE(the_bytes_held_must_be_given) {
  constexpr auto can_be_left_out = [](auto&&... arguments) {
    return requires {
      predicted_process_peak(arguments...);
    };
  };
  const Step p = planned(64);
  BOOST_TEST(!can_be_left_out(p.graph, p.plan));
  BOOST_TEST(can_be_left_out(p.graph, p.plan, Bytes{}));
}

BOOST_AUTO_TEST_CASE(variables_of_a_trainer_count_once) {
  Graph g;
  const Model model = models::w4_mlp(g);
  (void)predicted_process_peak(planned(1).graph, planned(1).plan, {});  // loads the code
  const Trainer trainer{g, model, optim::adam(), {.threads = 1}};
  const Plan plan = plan_memory(trainer.step_graph(), 1);
  const auto twice = predicted_process_peak(trainer.step_graph(), plan, {});
  const auto once = predicted_process_peak(trainer.step_graph(), plan, trainer.allocated());
  if (!twice || !once) return;  // no /proc
  const Bytes difference = twice->plan + twice->beyond_the_plan() - once->plan -
                           once->beyond_the_plan() - Bytes{plan.variables_bytes};
  BOOST_TEST(std::abs(difference.count) < (512_KiB).count);
}

BOOST_AUTO_TEST_SUITE_END()
