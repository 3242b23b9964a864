#include <boost/test/unit_test.hpp>
#include <foregraph/detail/diagnose/findings/stall.hpp>
#include <string>
#include <vector>

using namespace foregraph;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stall)

BOOST_AUTO_TEST_CASE(a_slow_stage_is_named_with_what_it_costs) {
  const std::vector<StageFigures> stages{{.name = "read", .work_seconds = 1},
                                         {.name = "map",
                                          .work_seconds = 9,
                                          .wait_seconds = 1,
                                          .queue_depth = 0.1,
                                          .queue_capacity = 2},
                                         {.name = "step", .work_seconds = 4, .wait_seconds = 6}};
  const auto finding = find_stall(stages);
  BOOST_REQUIRE(finding.has_value());
  BOOST_TEST(finding->id == "input-bottleneck");
  BOOST_TEST((finding->severity == Severity::warning));
  BOOST_TEST(finding->what ==
             "'step' waits 60.0 % of its time for batches (6 s of 10 s); the slowest stage before "
             "it is 'map': 9 s with 1 worker, against 4 s of 'step'; on average 0.1 of 2 "
             "prefetched batches are ready");
  BOOST_TEST(finding->consequence == "training would be 2.50 times as fast without waiting");
  BOOST_TEST(contains(finding->way_out, "give 'map' more workers (3 would keep up"));
  BOOST_TEST(finding->figures[0].value == 0.6);
}

BOOST_AUTO_TEST_CASE(workers_share_the_work) {
  const std::vector<StageFigures> stages{{.name = "read", .work_seconds = 5},
                                         {.name = "map", .work_seconds = 9, .workers = 4},
                                         {.name = "step", .work_seconds = 4, .wait_seconds = 1}};
  BOOST_TEST(contains(find_stall(stages)->what, "before it is 'read': 5 s with 1 worker"));
}

BOOST_AUTO_TEST_CASE(bursts_ask_for_prefetch) {
  const std::vector<StageFigures> stages{{.name = "read", .work_seconds = 2},
                                         {.name = "step", .work_seconds = 4, .wait_seconds = 1}};
  BOOST_TEST(contains(find_stall(stages)->way_out, "prefetch"));
}

BOOST_AUTO_TEST_CASE(little_waiting_is_a_note_and_none_is_nothing) {
  std::vector<StageFigures> stages{{.name = "read", .work_seconds = 2},
                                   {.name = "step", .work_seconds = 4, .wait_seconds = 0.2}};
  BOOST_TEST((find_stall(stages)->severity == Severity::note));
  stages[1].wait_seconds = 0.01;
  BOOST_TEST(!find_stall(stages).has_value());
  stages[1] = {.name = "step", .work_seconds = 0.001, .wait_seconds = 0.01};
  BOOST_TEST(!find_stall(stages).has_value());  // too short to tell
  BOOST_TEST(!find_stall({}).has_value());
  BOOST_TEST(StageFigures{}.stall_fraction() == 0);
}

BOOST_AUTO_TEST_CASE(waiting_for_cores_that_others_use_is_no_fault_of_the_pipeline) {
  const std::vector<StageFigures> stages{{.name = "read", .work_seconds = 2},
                                         {.name = "step", .work_seconds = 4, .wait_seconds = 1}};
  BOOST_TEST((find_stall(stages, 0.1, 0.1, 0.4)->severity == Severity::warning));
  BOOST_TEST(contains(find_stall(stages, 0.1, 0.1, 0.4)->way_out, "prefetch"));
  const auto busy = find_stall(stages, 0.1, 0.1, 0.5);
  BOOST_REQUIRE(busy.has_value());
  BOOST_TEST((busy->severity == Severity::note));
  BOOST_TEST(contains(busy->what, "threads of this process spent 0.5 s in total"));
  BOOST_TEST(contains(busy->way_out, "the cores are busy with other programs"));
  BOOST_TEST(!contains(busy->way_out, "prefetch"));
  BOOST_TEST(!contains(busy->way_out, "more workers"));
}

BOOST_AUTO_TEST_SUITE_END()
