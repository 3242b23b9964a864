// The list of passes: verified after each, logged where that is asked for, and open to the user's.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/graph/verify.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "support/expect.hpp"
#include "support/temporary_folder.hpp"

namespace fg = foregraph;

namespace compile_passes_test {

/// Sets a variable of the environment for as long as it lives.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

/// What `call` writes to standard error.
template <class Call>
std::string standard_error_of(const Call& call) {
  const fg::test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "stderr";
  std::fflush(stderr);
  const int kept = ::dup(STDERR_FILENO);
  BOOST_TEST_REQUIRE(std::freopen(path.c_str(), "w", stderr) != nullptr);
  call();
  std::fflush(stderr);
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

fg::Model regression(fg::Graph& g) {
  const fg::Tensor x = g.input("x", {fg::batch, 3});
  const fg::Tensor y = g.input("y", {fg::batch, 1});
  const fg::Tensor out =
      fg::nn::dense(fg::dropout(fg::tanh(fg::nn::dense(x, 4, "hidden")), 0.5), 1, "out");
  return {.loss = fg::nn::mean_squared_error(out, y), .outputs = {out}};
}

int runs = 0;
constexpr fg::Pass count_runs{"count runs", [](const fg::Graph& g) {
                                ++runs;
                                return g.clone();
                              }};

/// Gives an update a value of another shape.
constexpr fg::Pass break_update{"break update", [](const fg::Graph& g) {
                                  fg::Graph broken = g.clone();
                                  if (!broken.updates.empty())
                                    broken.updates[0].value = broken.loss;
                                  return broken;
                                }};
/// Leaves out a node that others read.
constexpr fg::Pass break_order{"break order", [](const fg::Graph& g) {
                                 fg::Graph broken = fg::Graph::empty_like(g);
                                 for (fg::NodeId id = 0; id < g.size(); ++id)
                                   if (g.node(id).op->name != "matmul")
                                     (void)broken.append_like(g, id, g.inputs_of(id));
                                 return broken;
                               }};

}  // namespace compile_passes_test

BOOST_AUTO_TEST_SUITE(compile_passes)

BOOST_AUTO_TEST_CASE(leave_all_models_consistent) {
  const auto check = [](const char* name, const auto& function) {
    fg::Graph g;
    const fg::Model model = function(g);
    BOOST_TEST(fg::first_inconsistency(g) == "", name);
    BOOST_TEST(fg::first_inconsistency(fg::training_graph(g, model, fg::optim::adamw())) == "",
               name);
    BOOST_TEST(fg::first_inconsistency(fg::evaluation_graph(g, model)) == "", name);
  };
  check("w1", fg::models::w1_logistic);
  check("w5", fg::models::w5_lenet);
  check("w6", fg::models::w6_resnet20);
  check("w7", fg::models::w7_lstm);
  check("w8", fg::models::w8_transformer);
  check("mobilenet", fg::models::mobilenet_v2_folded);
  check("regression", compile_passes_test::regression);
}

BOOST_AUTO_TEST_CASE(are_logged_in_their_order) {
  const compile_passes_test::Environment log("FOREGRAPH_LOG", "passes");
  const std::string text = compile_passes_test::standard_error_of(
      [] { (void)fg::compile(compile_passes_test::regression, fg::optim::adam(), 4); });
  std::size_t at = 0;
  for (const char* line :
       {"passes of the training step", "pass resolve mode", "pass order of use", "pass gradients",
        "pass optimizer", "pass simplify", "pass merge common subexpressions",
        "pass remove dead nodes", "pass separate updates", "plan of batch 4", "plan tasks",
        "plan schedule", "plan buffers", "plan placement"}) {
    const std::size_t found = text.find(line, at);
    BOOST_TEST((found != std::string::npos), line << " is not, or not in its place, in\n" << text);
    at = found == std::string::npos ? at : found;
  }
  const std::string last =
      text.substr(text.rfind("separate updates"), text.find('\n', text.rfind("separate updates")));
  BOOST_TEST(last.find("unchanged") != std::string::npos, last);
  BOOST_TEST(last.find(" nodes, ") != std::string::npos, last);
  BOOST_TEST(text.find("gradients", text.find("pass gradients")) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(are_not_logged_unless_asked_for) {
  const std::string text = compile_passes_test::standard_error_of(
      [] { (void)fg::compile(compile_passes_test::regression, fg::optim::adam(), 4); });
  BOOST_TEST(text == "");
}

BOOST_AUTO_TEST_CASE(refuse_values_that_mean_nothing) {
  const auto compile = [] {
    (void)fg::compile(compile_passes_test::regression, fg::optim::adam(), 4);
  };
  {
    const compile_passes_test::Environment log("FOREGRAPH_LOG", "everything");
    fg::test::expect<fg::UsageError>(compile, {"FOREGRAPH_LOG", "'everything'", "expected passes"});
  }
  const compile_passes_test::Environment verify("FOREGRAPH_VERIFY", "yes");
  fg::test::expect<fg::UsageError>(compile, {"FOREGRAPH_VERIFY", "'yes'", "expected 0 or 1"});
}

BOOST_AUTO_TEST_CASE(of_the_user_see_every_graph) {
  using namespace compile_passes_test;
  runs = 0;
  fg::Graph g;
  const fg::Model model = regression(g);
  fg::Trainer trainer{g, model, fg::optim::adam(), {.passes = {count_runs}}};
  BOOST_TEST(runs == 3);  // of the step, the evaluation and the prediction
  fg::Trainer plain{g, model, fg::optim::adam()};
  BOOST_TEST(runs == 3);
}

BOOST_AUTO_TEST_CASE(are_verified) {
  using namespace compile_passes_test;
  const Environment verify("FOREGRAPH_VERIFY", "1");
  const auto with = [](const fg::Pass& pass) {
    (void)fg::compile(regression, fg::optim::adam(), 4, {}, {&pass, 1});
  };
  with(count_runs);
  fg::test::expect<fg::InternalError>([&] { with(break_update); },
                                      {"'break update'", "the update", "f32[]", "its variable"});
  fg::test::expect<fg::InternalError>([&] { with(break_order); },
                                      {"'break order'", "inconsistent"});
}

BOOST_AUTO_TEST_CASE(end_with_a_valid_plan) {
  const compile_passes_test::Environment verify("FOREGRAPH_VERIFY", "1");
  const fg::Step step = fg::compile(compile_passes_test::regression, fg::optim::adam(), 4);
  fg::planning::PlanLog log(4);
  BOOST_CHECK_NO_THROW(log.placement(step.graph, step.plan));
  fg::Plan wrong = step.plan;
  wrong.order.tasks.pop_back();
  fg::test::expect<fg::InternalError>([&] { log.placement(step.graph, wrong); },
                                      {"the plan for batch 4 is wrong", "schedule"});
}

BOOST_AUTO_TEST_CASE(are_not_verified_where_that_is_off) {
  const compile_passes_test::Environment verify("FOREGRAPH_VERIFY", "0");
  fg::Graph g;
  const fg::Model model = compile_passes_test::regression(g);
  const fg::Pass pass = compile_passes_test::break_update;
  BOOST_CHECK_NO_THROW((void)fg::training_graph(g, model, fg::optim::adam(), {&pass, 1}));
}

BOOST_AUTO_TEST_SUITE_END()
