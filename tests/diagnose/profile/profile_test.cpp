// A profile counts what the graph says, sees each kernel call of each step, and changes nothing.
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <filesystem>
#include <foregraph/detail/diagnose/profile/profile.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <foregraph/detail/kernels/loop_code.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace fg = foregraph;

namespace {

fg::data::Dataset small_data(std::int64_t samples) {
  std::vector<float> x(static_cast<std::size_t>(samples) * 784);
  std::vector<std::int32_t> labels(static_cast<std::size_t>(samples));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 97) * 0.01F;
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 10);
  return fg::data::Dataset().add("x", {784}, std::move(x)).add("label", {}, std::move(labels));
}

const fg::ProfiledInstruction* find(const fg::Profile& profile, const std::string& op,
                                    const std::string& part_of_name = "") {
  for (const auto& each : profile.instructions)
    if (each.op == op && each.name.find(part_of_name) != std::string::npos) return &each;
  return nullptr;
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct TemporaryFile {
  fg::test::TemporaryFolder folder;
  std::filesystem::path path = folder / "trace.json";
};

}  // namespace

BOOST_AUTO_TEST_SUITE(profile)

BOOST_AUTO_TEST_CASE(counts_flops_and_bytes_of_the_graph) {
  fg::Graph g;
  const fg::Model model = fg::models::w4_mlp(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  trainer.prepare(128);
  const fg::Profile profile = trainer.profile({.steps = 4, .warm_up = 1});
  BOOST_TEST(profile.steps == 4);
  BOOST_TEST(profile.batch == 128);
  BOOST_TEST(profile.instructions.size() == trainer.program().instructions());
  BOOST_TEST(profile.events.size() == 4 * profile.instructions.size());
  const auto* first = find(profile, "matmul");
  BOOST_REQUIRE(first != nullptr);
  BOOST_TEST(first->flops == 2 * 128 * 784 * 512);
  BOOST_TEST(first->bytes == 4 * (128 * 784 + 784 * 512 + 128 * 512));
  std::int64_t flops = 0;
  double sum = 0;
  for (const auto& each : profile.instructions) {
    flops += each.flops;
    sum += each.seconds;
    BOOST_TEST(each.seconds >= 0);
    BOOST_TEST(each.longest >= each.seconds);
  }
  BOOST_TEST(flops == fg::flops_of(trainer.step_graph(), 128));
  BOOST_TEST(sum > 0);
  BOOST_TEST(profile.longest_step >= profile.step_seconds);
  // In the order they run, one after the other.
  for (std::size_t i = 1; i < profile.events.size(); ++i) {
    BOOST_TEST(profile.events[i].begin_ns >= profile.events[i - 1].end_ns);
    BOOST_TEST(static_cast<std::size_t>(profile.events[i].instruction) ==
               i % profile.instructions.size());
  }
}

BOOST_AUTO_TEST_CASE(fit_gives_it_once_and_trains_as_without) {
  const fg::data::Dataset data = small_data(70);
  std::vector<std::vector<float>> results;
  for (const bool profiled : {false, true}) {
    fg::Graph g;
    const fg::Model model = fg::models::w4_mlp(g);
    fg::Trainer trainer{g, model, fg::optim::adam()};
    int told = 0;
    const TemporaryFile file;
    fg::FitOptions options{.epochs = 2, .progress = false, .preflight = false};
    if (profiled)
      options.profile =
          fg::ProfileOptions{.steps = 3,
                             .warm_up = 1,
                             .memory = true,
                             .trace = file.path,
                             .on_profile = [&](const fg::Profile& p) {
                               ++told;
                               BOOST_TEST(p.steps == 3);
                               BOOST_TEST(p.touched_bytes.size() == p.instructions.size());
                             }};
    trainer.fit(fg::data::from(data).shuffle(1).batch(32), options);
    BOOST_TEST(told == (profiled ? 1 : 0));
    BOOST_TEST(std::filesystem::exists(file.path) == profiled);
    const auto weight = trainer.variable<float>(
        fg::full_name(trainer.step_graph(), trainer.step_graph().variables.front().node));
    results.emplace_back(weight.begin(), weight.end());
    trainer.step();  // nothing refers to the recording any more
  }
  BOOST_TEST((results[0] == results[1]));
}

BOOST_AUTO_TEST_CASE(fewer_steps_than_asked_for_are_told_too) {
  fg::Graph g;
  const fg::Model model = fg::models::w4_mlp(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  std::int64_t steps = -1;
  fg::FitOptions options{.progress = false, .preflight = false};
  options.profile = fg::ProfileOptions{
      .steps = 50, .warm_up = 1, .memory = true, .on_profile = [&](const fg::Profile& p) {
        steps = p.steps;
        BOOST_TEST(p.touched_bytes.empty());
      }};
  trainer.fit(fg::data::from(small_data(96)).batch(32), options);
  BOOST_TEST(steps == 2);
}

BOOST_AUTO_TEST_CASE(the_table_shows_the_slowest_and_sums_by_op) {
  fg::Profile p;
  p.kernels = "some kernels";
  p.batch = 1000;
  p.steps = 2;
  p.step_seconds = 0.004;
  p.longest_step = 0.005;
  p.instructions = {{"a/matmul", "matmul", 2'000'000, 1'000'000, 0.001, 0.002},
                    {"b/relu", "region(relu)", 0, 4096, 500e-9, 500e-9},
                    {"c/matmul", "matmul", 6'000'000, 2'000'000, 0.002, 0.002}};
  const std::string table = fg::to_table(p, 2);
  const auto contains = [&](const std::string& part) {
    BOOST_CHECK_MESSAGE(table.find(part) != std::string::npos, part << " is not in\n" << table);
  };
  contains("profile of 2 steps of 1,000 samples: median 4 ms, longest 5 ms, 2.0 GFLOP/s; some");
  contains("slowest 2 of 3 kernel calls");
  BOOST_TEST(table.find("c/matmul") < table.find("a/matmul"));
  BOOST_TEST(table.find("b/relu") == std::string::npos);
  contains("region(relu)");
  contains("500 ns");
  const std::string by_op = table.substr(table.find("by op"));
  BOOST_TEST(by_op.find("8,000,000") != std::string::npos);
  BOOST_TEST(by_op.find("2.7") != std::string::npos);  // GFLOP/s: 8 million in 3 ms
}

BOOST_AUTO_TEST_CASE(the_trace_has_an_event_for_each_call) {
  fg::Profile p;
  p.kernels = "with \"quotes\"";
  p.batch = 3;
  p.instructions = {{"a", "matmul", 5, 6, 0, 0}, {"b \\", "relu", 7, 8, 0, 0}};
  p.events = {{0, 1000, 2500}, {1, 3000, 3001}};
  const TemporaryFile file;
  fg::write_chrome_trace(file.path, p);
  BOOST_TEST(text_of(file.path) ==
             "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"kernels\":\"with \\\"quotes\\\"\","
             "\"batch\":3},\"traceEvents\":[\n"
             "{\"name\":\"a\",\"cat\":\"matmul\",\"ph\":\"X\",\"ts\":1.0,\"dur\":1.5,\"pid\":1,"
             "\"tid\":1,\"args\":{\"op\":\"matmul\",\"flops\":5,\"bytes\":6}},\n"
             "{\"name\":\"b \\\\\",\"cat\":\"relu\",\"ph\":\"X\",\"ts\":3.0,\"dur\":0.001,"
             "\"pid\":1,\"tid\":1,\"args\":{\"op\":\"relu\",\"flops\":7,\"bytes\":8}}\n]}\n");
  BOOST_CHECK_THROW(fg::write_chrome_trace("/no/such/folder/trace.json", p), fg::FileError);
}

BOOST_AUTO_TEST_CASE(numbers_out_of_range_are_refused) {
  fg::Graph g;
  const fg::Model model = fg::models::w1_logistic(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  BOOST_CHECK_THROW((void)trainer.profile(), fg::UsageError);  // nothing is prepared
  trainer.prepare(4);
  for (const fg::ProfileOptions& wrong :
       {fg::ProfileOptions{.steps = 0}, fg::ProfileOptions{.steps = 100'001},
        fg::ProfileOptions{.warm_up = -1}})
    BOOST_CHECK_EXCEPTION((void)trainer.profile(wrong), fg::UsageError, [](const auto& e) {
      return std::string(e.what()).find(
                 "were requested, expected 1 to 100000 steps after 0 or more") != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_is_not_counted) {
  fg::Graph g;
  const fg::Model model = fg::models::w2_linear(g);
  fg::Trainer trainer{g, model, fg::optim::adam()};
  trainer.prepare(4);
  fg::Program& program = const_cast<fg::Program&>(trainer.program());
  fg::Recording recording(2, 0, program.instructions());
  const fg::RecordingScope scope(program, recording);
  for (float& v : trainer.input<float>("x")) v = std::numeric_limits<float>::quiet_NaN();
  BOOST_CHECK_THROW(program.run(), fg::NumericsError);
  for (float& v : trainer.input<float>("x")) v = 0.5F;
  program.run();
  BOOST_TEST(recording.complete_steps() == 1);
  BOOST_TEST(fg::make_profile(program, recording, 4).steps == 1);
}

BOOST_AUTO_TEST_CASE(the_report_names_instructions_and_threads) {
  const std::string one = fg::kernel_report(1);
  BOOST_TEST(one.find(std::string(fg::name_of(fg::active_isa())) + " kernels on 1 thread") == 0U);
  BOOST_TEST(fg::kernel_report(2).find(" kernels on 2 threads") != std::string::npos);
  // One of the two or both, by the same rule as gemm() itself.
  const auto runs_large = [](std::int64_t size) {
    return fg::gemm_path<float>(fg::active_gemm_choice(), fg::active_isa(), false, false, size,
                                size, size);
  };
  const bool blas =
      runs_large(128) == fg::GemmPath::openblas || runs_large(2048) == fg::GemmPath::openblas;
  BOOST_TEST((one.find("OpenBLAS") != std::string::npos) == blas);
  BOOST_TEST((one.find("; matrix products: ") != std::string::npos));
  const char* loops = fg::LoopCode::is_available() ? "compiled" : "interpreted";
  BOOST_TEST((one.find(std::string("; loops of regions ") + loops) != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
