// The memory that a step touches is the memory that the plan has for it.
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdint>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/diagnose/view/memory_svg.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace fg = foregraph;

namespace {

struct TouchedStep {
  fg::Plan plan{};
  fg::Profile profile{};
  std::uintptr_t transient = 0;  ///< address of the segment
};

template <class Model>
TouchedStep touched_step(Model model, std::int64_t batch, int threads) {
  fg::Graph g;
  fg::Trainer trainer{g, model(g), fg::optim::sgd(), {.threads = threads}};
  trainer.prepare(batch);
  TouchedStep step;
  step.profile = trainer.profile({.steps = 1, .warm_up = 0, .memory = true});
  const fg::Program& program = trainer.program();
  step.plan = program.plan();
  for (fg::NodeId id = 0; id < program.graph().size(); ++id) {
    const fg::Place place = step.plan.places[static_cast<std::size_t>(id)];
    if (place.segment == fg::Segment::transient)
      step.transient = reinterpret_cast<std::uintptr_t>(program.address_of(id)) -
                       static_cast<std::uintptr_t>(place.offset);
  }
  BOOST_REQUIRE(step.transient != 0U);
  return step;
}

/// The whole pages of the transient segment that planned buffers reach into up to each kernel call,
/// in bytes.
std::vector<std::int64_t> planned_pages(const TouchedStep& step) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = (step.transient + page - 1) / page;
  const std::uintptr_t last =
      (step.transient + static_cast<std::uintptr_t>(step.plan.transient_bytes)) / page;
  std::set<std::uintptr_t> reached;
  std::vector<std::int64_t> bytes;
  for (std::size_t p = 0; p < step.plan.order.tasks.size(); ++p) {
    for (const fg::Buffer& buffer : step.plan.buffers) {
      if (buffer.range.first != static_cast<std::int32_t>(p)) continue;
      const std::uintptr_t begin = step.transient + static_cast<std::uintptr_t>(buffer.offset);
      const auto size = static_cast<std::uintptr_t>(buffer.size.at(step.plan.batch));
      for (std::uintptr_t each = begin / page; each * page < begin + size; ++each)
        if (each >= first && each < last) reached.insert(each);
    }
    bytes.push_back(static_cast<std::int64_t>(reached.size() * page));
  }
  return bytes;
}

/// Two hidden layers whose values are megabytes.
fg::Model wide(fg::Graph& g) {
  fg::Tensor h = g.input("x", {fg::batch, 64});
  for (const char* name : {"a", "b", "c"}) h = fg::tanh(fg::nn::dense(h, 512, name));
  const fg::Tensor out = fg::nn::dense(h, 1, "out");
  return {.loss = fg::nn::mean_squared_error(out, g.input("y", {fg::batch, 1})), .outputs = {out}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(touched_memory)

BOOST_AUTO_TEST_CASE(it_never_exceeds_the_plan) {
  for (const int threads : {1, 3}) {
    for (const TouchedStep& step : {touched_step(fg::models::w5_lenet, 32, threads),
                                    touched_step(fg::models::w8_transformer, 4, threads)}) {
      BOOST_TEST_CONTEXT(threads << " threads, " << step.plan.order.tasks.size() << " calls") {
        const std::vector<std::int64_t> planned = planned_pages(step);
        const std::vector<std::int64_t>& touched = step.profile.touched_bytes;
        BOOST_REQUIRE(touched.size() == planned.size());
        BOOST_TEST(std::is_sorted(touched.begin(), touched.end()));
        BOOST_TEST(touched.back() > step.plan.transient_bytes / 2);
        for (std::size_t i = 0; i < touched.size(); ++i)
          BOOST_TEST(touched[i] <= planned[i], "call " << i);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(with_large_buffers_it_is_the_plan) {
  const std::int64_t page = ::sysconf(_SC_PAGESIZE);
  for (const int threads : {1, 3}) {
    const TouchedStep step = touched_step(wide, 1024, threads);
    const std::vector<std::int64_t> planned = planned_pages(step);
    const std::vector<std::int64_t>& touched = step.profile.touched_bytes;
    BOOST_TEST(step.plan.transient_bytes > 6'000'000);
    BOOST_REQUIRE(touched.size() == planned.size());
    for (std::size_t i = 0; i < touched.size(); ++i) {
      BOOST_TEST_CONTEXT(threads << " threads, call " << i) {
        BOOST_TEST(touched[i] <= planned[i]);
        BOOST_TEST(touched[i] >= planned[i] - 2 * page);
      }
    }
    BOOST_TEST(touched.back() <= step.plan.transient_bytes);
    BOOST_TEST(touched.back() >= step.plan.transient_bytes - 8 * page);
  }
}

BOOST_AUTO_TEST_CASE(a_picture_takes_it_as_it_is) {
  const TouchedStep step = touched_step(wide, 256, 1);
  fg::Graph g;
  fg::Trainer trainer{g, wide(g), fg::optim::sgd(), {.threads = 1}};
  trainer.prepare(256);
  const fg::Program& program = trainer.program();
  const std::string svg =
      fg::memory_svg(program.graph(), program.plan(), {}, {.measured = step.profile.touched_bytes});
  BOOST_TEST(svg.find(">measured</text>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_step_goes_on_as_without) {
  std::vector<std::vector<float>> results;
  for (const bool memory : {false, true}) {
    fg::Graph g;
    fg::Trainer trainer{g, fg::models::w4_mlp(g), fg::optim::adam(), {.threads = 1}};
    trainer.prepare(32);
    for (float& value : trainer.input<float>("x")) value = 0.25F;
    const fg::Profile profile =
        trainer.profile({.steps = memory ? 2 : 3, .warm_up = 1, .memory = memory});
    BOOST_TEST(profile.steps == (memory ? 2 : 3));
    BOOST_TEST(profile.touched_bytes.size() == (memory ? profile.instructions.size() : 0));
    const std::string table = fg::to_table(profile);
    BOOST_TEST((table.find("transient memory touched by a step: ") != std::string::npos) == memory);
    trainer.step();
    const auto weight = trainer.variable<float>(
        fg::full_name(trainer.step_graph(), trainer.step_graph().variables.front().node));
    results.emplace_back(weight.begin(), weight.end());
  }
  BOOST_TEST((results[0] == results[1]));
}

BOOST_AUTO_TEST_SUITE_END()
