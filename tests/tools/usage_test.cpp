#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

BOOST_AUTO_TEST_SUITE(wrong_usage)

BOOST_AUTO_TEST_CASE(commands_and_options_have_to_be_known) {
  const std::string usage = "; 'dry_run --help' shows the usage";
  check_refused({}, "A subcommand is required" + usage);
  check_refused({"plam"},
                "there is no command 'plam', did you mean 'plan'?; the commands are models, plan, "
                "graph, pack, check, fit, import");
  check_refused(
      {"train_everything"},
      "there is no command 'train_everything'; the commands are models, plan, graph, pack, check, "
      "fit, import");
  check_refused({"plan", "--batch", "1"}, "--model is required" + usage);
  check_refused({"plan", "--model", "w4_mlp"}, "--batch is required" + usage);
  check_refused({"graph"}, "--model is required" + usage);
  check_plan_refused({"--nonsense"}, "The following argument was not expected: --nonsense" + usage);
  check_plan_refused({"--batch", "2"}, "--batch: At Most 1 required but received 2" + usage);
  check_plan_refused({"--prefetch", "few"}, "Could not convert: --prefetch = few" + usage);
}

BOOST_AUTO_TEST_CASE(models_have_to_be_known) {
  const std::string known =
      "; the models are w1_logistic, w2_linear, w3_wide_data, w4_mlp, w5_lenet, w6_resnet20, "
      "w7_lstm, w8_transformer, resnet18, mobilenet_v2, mobilenet_v2_small, "
      "mobilenet_v2_folded, vgg16, vgg16_cifar100, "
      "gpt2_small";
  check_refused({"plan", "--model", "w4_mpl", "--batch", "1"},
                "there is no model 'w4_mpl', did you mean 'w4_mlp'?" + known);
  check_refused({"graph", "--model", "logistic"},
                "there is no model 'logistic', did you mean 'w1_logistic'?" + known);
  check_refused({"plan", "--model", "inception", "--batch", "1"},
                "there is no model 'inception'" + known);
  BOOST_TEST(run({"graph", "--model", "any"}, {}).err ==
             "dry_run: there is no model 'any'; the models are none\n");
}

BOOST_AUTO_TEST_CASE(batches_have_to_be_positive_whole_numbers) {
  const auto refused = [](const char* batches, const std::string& message) {
    check_refused({"plan", "--model", "w4_mlp", "--batch", batches}, message);
  };
  const std::string give = ", expected at least 1; give the number of samples in one training step";
  refused("0", "batch size is 0" + give);
  refused("-1", "batch size is -1" + give);
  refused("32,-4", "batch size is -4" + give);
  const std::string not_whole = " is not a whole number, expected sizes such as 1,32,10000";
  refused("many", "--batch: 'many'" + not_whole);
  refused("1.5", "--batch: '1.5'" + not_whole);
  refused("32x", "--batch: '32x'" + not_whole);
  refused("1,,2", "--batch: ''" + not_whole);
  refused("1,2,", "--batch: ''" + not_whole);
  refused("1, 2", "--batch: ' 2'" + not_whole);
  refused("99999999999999999999",
          "--batch: 99999999999999999999 is out of range; use a smaller batch");
  refused("9000000000000000000",
          "the bytes of a training step at batch size 9000000000000000000 do not fit in 64 bits, "
          "expected fewer than 2^63; use a smaller batch or model");
}

BOOST_AUTO_TEST_CASE(optimizers_budgets_and_prefetch_have_to_make_sense) {
  check_plan_refused({"--search", "-1"},
                     "--search: -1.000000 is out of range, expected from 0 to 1000000 seconds");
  const std::string optimizers =
      "there is no optimizer 'adem', did you mean 'adam'?; the optimizers are adam, adamw, sgd, "
      "momentum, nesterov, rmsprop, adagrad, adadelta, lamb, lion";
  check_plan_refused({"--optimizer", "adem"}, optimizers);
  check_refused({"graph", "--model", "w4_mlp", "--optimizer", "adem"}, optimizers);
  for (const std::string budget : {"64Mib", "64M", "MiB", "lots", "-3MiB", "0", "0.5B", "nan",
                                   "inf", "1e30", "64MiB and more"})
    check_plan_refused({"--budget", budget.c_str()},
                       "--budget: '" + budget +
                           "' is not a size of at least one byte, expected one such as 64MiB, "
                           "1.5GiB, 800kB or 4096, or the word 'machine'");
  for (const std::string prefetch : {"-1", "9223372036854775807"})
    check_plan_refused(
        {"--prefetch", prefetch.c_str()},
        "--prefetch: " + prefetch + " is out of range, expected from 0 to 1000000 batches");
}

BOOST_AUTO_TEST_CASE(a_wrong_model_is_the_users_to_mend) {
  const std::vector<NamedModel> models{
      {"shapes", "does not go together",
       [](Graph& g) {
         auto x = g.input("x", {batch, 3});
         return Model{.loss = mean(matmul(x, g.parameter("w", {4, 1})))};
       }},
      {"untrained", "has no parameter",
       [](Graph& g) {
         return Model{.loss = mean(g.input("x", {batch, 3}))};
       }},
      {"unreadable", "throws", [](Graph&) -> Model { throw std::runtime_error("no such file"); }},
      {"broken", "has a bug of ours",
       [](Graph&) -> Model { throw InternalError("something is wrong"); }},
      {"empty", "is not there", {}}};
  const auto refusal = [&](const char* model, int code) {
    const Result result = run({"plan", "--model", model, "--batch", "1"}, models);
    BOOST_TEST(result.code == code);
    BOOST_TEST(result.out == "");
    return result.err;
  };
  const std::string shapes = refusal("shapes", 2);
  check_contains(shapes,
                 "dry_run: model 'shapes' cannot be built: [matmul] inner dimensions differ");
  check_contains(shapes, "f32[batch,3] and f32[4,1]");
  check_contains(shapes, "usage_test.cpp:");
  const std::string untrained = refusal("untrained", 2);
  check_contains(untrained, "dry_run: model 'untrained' cannot be trained: ");
  check_contains(untrained, "the loss depends on no parameter");
  BOOST_TEST(refusal("unreadable", 2) ==
             "dry_run: model 'unreadable' cannot be built: no such file\n");
  check_contains(refusal("empty", 2), "dry_run: model 'empty' cannot be built: ");
  BOOST_TEST(refusal("broken", 1) ==
             "dry_run: internal error, please report it: something is wrong\n");
}

BOOST_AUTO_TEST_SUITE_END()
