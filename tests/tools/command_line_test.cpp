#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/budget.hpp>
#include <foregraph/detail/planner/order_free_bound.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/tools/command_line.hpp>
#include <foregraph/detail/tools/models/known.hpp>
#include <foregraph/models.hpp>
#include <foregraph/plan.hpp>
#include <foregraph/version.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/run.hpp"

using namespace foregraph;
using namespace tool_test;

namespace {

template <class ModelFunction, class Optimizer>
Graph step_of(const ModelFunction& model, const Optimizer& optimizer) {
  Graph g;
  const Model m = model(g);
  return training_graph(g, m, optimizer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(the_command_line)

BOOST_AUTO_TEST_CASE(models_are_listed) {
  const std::string list = output_of({"models"});
  for (const NamedModel& each : models::known()) {
    check_contains(list, each.name + ' ');
    check_contains(list, "  " + each.description + '\n');
  }
  BOOST_TEST(run({"models"}, {{"a", "first", {}}, {"bcd", "second", {}}}).out ==
             "a    first\nbcd  second\n");
}

BOOST_AUTO_TEST_CASE(one_batch_is_reported_in_full) {
  const Graph step = step_of(models::w4_mlp, optim::adam());
  const Plan plan = plan_memory(step, 128);
  const std::string out =
      output_of({"plan", "--model", "w4_mlp", "--batch", "128", "--threads", "1"});
  BOOST_TEST(out.starts_with(
      "w4_mlp: dense 784-512-512-10, relu; softmax cross-entropy\n"
      "669,706 parameters, trained with adam, 1 input buffer, 1 thread\n\n" +
      plan_report(step, plan) + "\nmemory of B samples: " + to_string(batch_formula(step, plan)) +
      "\n  (the order planned for batch 128; exact for multiples of 16, otherwise up to "));
  check_contains(out, "; its offsets are valid for batches 1 to 128)\n");
  Graph g;
  const Model model = models::w4_mlp(g);
  const Bytes kept =
      plan_memory(training_graph(g, model, optim::KeepGradients<optim::Adam>{optim::adam()}), 128,
                  {.order = OrderMethod::as_written})
          .peak();
  check_contains(out, "with all gradients kept to the end, in the order written:  batch 128  " +
                          to_string(kept) + "  ");
}

BOOST_AUTO_TEST_CASE(what_would_fit_is_told_with_its_cost) {
  const Result result = run({"plan", "--model", "w4_mlp", "--batch", "10000", "--optimizer", "sgd",
                             "--budget", "64MiB", "--json"});
  const nlohmann::json to_fit = nlohmann::json::parse(result.out)["plans"][0]["to_fit"];
  BOOST_REQUIRE(to_fit["measures"].size() == 6U);
  const std::vector<std::string> names{"as it is",
                                       "a smaller batch",
                                       "micro-batches",
                                       "recomputation",
                                       "micro-batches with recomputation",
                                       "paging to a file"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const nlohmann::json& measure = to_fit["measures"][i];
    BOOST_TEST(measure["measure"] == names[i]);
    if (measure["fits"].get<bool>())
      BOOST_TEST(measure["peak_bytes"].get<std::int64_t>() <= 64 << 20);
    else
      BOOST_TEST(!measure["reason"].get<std::string>().empty());
  }
  BOOST_TEST(to_fit["measures"][0]["fits"] == false);
  BOOST_TEST(to_fit["measures"][2]["fits"] == true);
  BOOST_TEST(to_fit["measures"][2]["batch"] == 10'000);
  BOOST_TEST(to_fit["smallest_peak_bytes"].get<std::int64_t>() > 0);
  const std::string text = run({"plan", "--model", "w6_resnet20", "--batch", "128", "--optimizer",
                                "momentum", "--budget", "100MiB", "--disk-speed", "1GB"})
                               .out;
  check_contains(text, "to fit 100 MiB");
  check_contains(text, "fits: offload ");
  check_contains(text, " s a step at 1.00 GB/s");
  check_contains(text, "no: samples of a batch interact in");
}

BOOST_AUTO_TEST_CASE(time_of_paging_follows_from_the_disk_speed) {
  const auto paging_at = [](const char* speed) {
    std::vector<const char*> words{"plan", "--model",  "w6_resnet20", "--batch",
                                   "32",   "--budget", "20MiB",       "--json"};
    if (speed != nullptr) words.insert(words.end(), {"--disk-speed", speed});
    const Result result = run(words);
    return nlohmann::json::parse(result.out)["plans"][0]["to_fit"]["measures"][5];
  };
  const nlohmann::json given = paging_at("500MB");
  BOOST_TEST_REQUIRE(given["fits"] == true);
  const double moved = given["paged_bytes"].get<double>() + given["paged_back_bytes"].get<double>();
  BOOST_TEST(given["paging_seconds"].get<double>() == moved / 5e8,
             boost::test_tools::tolerance(1e-12));
  BOOST_TEST(given["paged_bytes"].get<std::int64_t>() > 0);
  BOOST_TEST(given["paged_back_bytes"] >= given["paged_bytes"]);
  nlohmann::json measured = paging_at("measured");
  BOOST_TEST_REQUIRE(measured["fits"] == true);
  BOOST_TEST(measured["paging_seconds"].get<double>() > 0);
  measured["paging_seconds"] = given["paging_seconds"];
  BOOST_TEST(measured == given);
  nlohmann::json without = paging_at(nullptr);
  BOOST_TEST(!without.contains("paging_seconds"));
  without["paging_seconds"] = given["paging_seconds"];
  BOOST_TEST(without == given);
  const Result refused = run({"plan", "--model", "w5_lenet", "--batch", "256", "--budget", "6MiB",
                              "--disk-speed", "mesured"});
  check_contains(refused.err,
                 "--disk-speed: 'mesured' is not a size of at least one byte, expected one such as "
                 "64MiB, 1.5GiB, 800kB or 4096, or the word 'measured'");
}

BOOST_AUTO_TEST_CASE(several_batches_are_rows) {
  const Graph step = step_of(models::w3_wide_data, optim::sgd());
  std::vector<Plan> plans;
  for (const std::int64_t size : {1, 32, 10'000})
    plans.push_back(plan_memory(step, size, {.input_buffers = 3}));
  const std::vector<const char*> words{
      "plan",       "--model", "w3_wide_data", "--batch", "1,32,10000", "--optimizer", "sgd",
      "--prefetch", "2",       "--threads",    "3"};
  const std::string out = output_of(words);
  check_contains(out,
                 "trained with sgd, 3 input buffers, 3 threads\n\n" + plan_report(step, plans));
  check_lacks(out, "largest tensors");

  std::vector<const char*> with_details = words;
  with_details.push_back("--details");
  const std::string details = output_of(with_details);
  check_contains(details, plan_report(step, plans));
  for (const Plan& each : plans) check_contains(details, plan_report(step, each));
}

BOOST_AUTO_TEST_CASE(threads_are_part_of_every_figure) {
  const Graph step = step_of(models::w5_lenet, optim::sgd());
  const PlanOptions options{.threads = 5};
  const Plan plan = plan_memory(step, 8, options);
  const Bytes budget = plan.peak();
  const std::string exact = std::to_string(budget.count);
  const std::string text = output_of({"plan", "--model", "w5_lenet", "--batch", "8", "--optimizer",
                                      "sgd", "--threads", "5", "--budget", exact.c_str()});
  check_contains(text, "1 input buffer, 5 threads\n\n" + plan_report(step, plan));
  check_contains(text, "memory of B samples: " + to_string(batch_formula(step, plan)));
  check_contains(text, ": fits; the largest batch that fits is ");
  const nlohmann::json json = nlohmann::json::parse(
      output_of({"plan", "--model", "w5_lenet", "--batch", "8", "--optimizer", "sgd", "--threads",
                 "5", "--budget", exact.c_str(), "--json"}));
  BOOST_TEST(json["threads"] == 5);
  BOOST_TEST(json["largest_batch"] == largest_batch(step, budget, options));
  BOOST_TEST(json["plans"][0]["peak_bytes"] == budget.count);
  BOOST_TEST(json["plans"][0]["fits"] == true);
  const nlohmann::json& at_peak = json["plans"][0]["at_peak"];
  BOOST_TEST(at_peak["thread_workspace_bytes"] == plan.thread_bytes);
  BOOST_TEST(at_peak["workspace_bytes"] == plan.at_peak.workspace_bytes);
  BOOST_TEST(plan.thread_bytes > 0);

  const std::string one_less = std::to_string(budget.count - 1);
  const Result refused = run({"plan", "--model", "w5_lenet", "--batch", "8", "--optimizer", "sgd",
                              "--threads", "5", "--budget", one_less.c_str()});
  BOOST_TEST(refused.code == 3);
  check_contains(refused.err, with_separators(budget.count) + " B), but the memory budget is ");
  check_contains(refused.err, with_separators(budget.count - 1) + " B). The peak is at ");
  check_contains(refused.out, with_separators(budget.count - 1) + " B): does not fit; ");
}

BOOST_AUTO_TEST_CASE(threads_are_those_of_a_trainer_unless_given) {
  const nlohmann::json json =
      nlohmann::json::parse(output_of({"plan", "--model", "w5_lenet", "--batch", "8", "--json"}));
  BOOST_TEST(json["threads"] == default_threads());
  const Graph step = step_of(models::w5_lenet, optim::adam());
  BOOST_TEST(json["plans"][0]["peak_bytes"] ==
             plan_memory(step, 8, {.threads = default_threads()}).peak().count);
}

BOOST_AUTO_TEST_CASE(a_plan_needs_none_of_the_memory_it_is_about) {
  const std::string out = output_of({"plan", "--model", "w4_mlp", "--batch", "1000000000000"});
  check_contains(out, "PiB");
}

BOOST_AUTO_TEST_CASE(each_optimizer_has_its_state) {
  const auto state_bytes = [](const char* optimizer) {
    const std::string out = output_of(
        {"plan", "--model", "w2_linear", "--batch", "8", "--optimizer", optimizer, "--json"});
    return nlohmann::json::parse(out)["plans"][0]["at_peak"]["optimizer_state_bytes"]
        .get<std::int64_t>();
  };
  BOOST_TEST(state_bytes("sgd") == 0);
  BOOST_TEST(state_bytes("momentum") == 2 * 64);
  BOOST_TEST(state_bytes("adam") == 4 * 64 + 2 * 64);  // and two powers of beta
}

BOOST_AUTO_TEST_CASE(json_tells_all_the_table_has_in_bytes) {
  const Graph step = step_of(models::w4_mlp, optim::adam());
  const PlanOptions options{.input_buffers = 3};
  const Plan plan = plan_memory(step, 32, options);
  const nlohmann::json json =
      nlohmann::json::parse(output_of({"plan", "--model", "w4_mlp", "--batch", "32,64",
                                       "--prefetch", "2", "--json", "--budget", "64MiB"}));
  BOOST_TEST(json["model"] == "w4_mlp");
  BOOST_TEST(json["description"] == "dense 784-512-512-10, relu; softmax cross-entropy");
  BOOST_TEST(json["optimizer"] == "adam");
  BOOST_TEST(json["parameters"] == 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10);
  BOOST_TEST(json["input_buffers"] == 3);
  BOOST_TEST(json["budget_bytes"] == 64 << 20);
  BOOST_TEST(json["largest_batch"] == largest_batch(step, {64 << 20}, options));
  BOOST_REQUIRE(json["plans"].size() == 2U);
  BOOST_TEST(json["plans"][1]["batch"] == 64);
  const nlohmann::json& row = json["plans"][0];
  BOOST_TEST(row["batch"] == 32);
  BOOST_TEST(row["fits"] == true);
  BOOST_TEST(row["peak_bytes"] == plan.peak().count);
  BOOST_TEST(row["lower_bound_bytes"] == plan.lower_bound().count);
  const Bytes any_order = order_free_bound(step, plan).bytes;
  BOOST_TEST(row["order_free_bound_bytes"] == any_order.count);
  BOOST_TEST(row["gap_bytes"] == (plan.peak() - any_order).count);
  BOOST_TEST(row["proven_optimal"] == (plan.peak() == any_order));
  BOOST_TEST(row["flops"] == flops_of(step, 32));
  BOOST_TEST(row["kernel_calls"] == plan.order.tasks.size());
  const nlohmann::json& peak = row["at_peak"];
  BOOST_TEST(peak["parameters_bytes"] == plan.at_peak.parameters_bytes);
  BOOST_TEST(peak["optimizer_state_bytes"] == plan.at_peak.optimizer_state_bytes);
  BOOST_TEST(peak["inputs_bytes"] == plan.at_peak.inputs_bytes);
  BOOST_TEST(peak["activations_bytes"] == plan.at_peak.activations_bytes);
  BOOST_TEST(peak["gradients_bytes"] == plan.at_peak.gradients_bytes);
  BOOST_TEST(peak["workspace_bytes"] == plan.at_peak.workspace_bytes);
  BOOST_TEST(peak["op"]["name"] == full_name(step, node_at_peak(plan)));
  BOOST_TEST(peak["op"]["phase"] == "backward");
  BOOST_TEST(peak["op"]["line"] == step.node(node_at_peak(plan)).at.line);
  const nlohmann::json& largest = peak["largest_tensors"];
  BOOST_REQUIRE(largest.size() == 10U);
  BOOST_TEST(largest[0]["category"] == "parameters");
  BOOST_TEST(largest[0]["name"] == "hidden1/weight");
  BOOST_TEST(largest[0]["bytes"] == 784 * 512 * 4);
  BOOST_TEST(largest[0]["shape"] == "[784,512]");
  BOOST_TEST(largest[0]["dtype"] == "f32");
}

BOOST_AUTO_TEST_CASE(json_without_a_budget_has_none) {
  const nlohmann::json json = nlohmann::json::parse(
      output_of({"plan", "--model", "w1_logistic", "--batch", "32", "--json"}));
  BOOST_TEST(!json.contains("budget_bytes"));
  BOOST_TEST(!json.contains("largest_batch"));
  BOOST_TEST(!json["plans"][0].contains("fits"));
}

BOOST_AUTO_TEST_CASE(a_budget_that_holds_is_answered) {
  const std::string largest =
      with_separators(largest_batch(step_of(models::w4_mlp, optim::adam()), {64 << 20}));
  check_contains(output_of({"plan", "--model", "w4_mlp", "--batch", "128", "--budget", "64MiB"}),
                 "\nbudget 64.0 MiB: fits; the largest batch that fits is " + largest + '\n');
  check_contains(output_of({"plan", "--model", "w4_mlp", "--batch", "1,128", "--budget", "64MiB"}),
                 "\nbudget 64.0 MiB: the largest batch that fits is " + largest + '\n');
}

BOOST_AUTO_TEST_CASE(a_budget_that_does_not_hold_has_its_own_exit_code) {
  for (const bool json : {false, true}) {
    std::vector<const char*> words{"plan",     "--model",  "w4_mlp", "--batch",
                                   "32,10000", "--budget", "64MiB"};
    if (json) words.push_back("--json");
    const Result result = run(words);
    BOOST_TEST(result.code == 3);
    const Graph step = step_of(models::w4_mlp, optim::adam());
    std::string message;
    try {
      check_budget(step, plan_memory(step, 10'000), {64 << 20});
    } catch (const BudgetError& error) {
      message = error.what();
    }
    BOOST_TEST(result.err == "over the budget: " + message + '\n');
    if (json) {
      const nlohmann::json plans = nlohmann::json::parse(result.out)["plans"];
      BOOST_TEST(plans[0]["fits"] == true);
      BOOST_TEST(plans[1]["fits"] == false);
    } else {
      check_contains(result.out, " yes\n");
      check_contains(result.out, " no\n");
    }
  }
  const Result single = run({"plan", "--model", "w4_mlp", "--batch", "10000", "--budget", "64MiB"});
  BOOST_TEST(single.code == 3);
  check_contains(single.out, "budget 64.0 MiB: does not fit; the largest batch that fits is ");
}

BOOST_AUTO_TEST_CASE(a_budget_below_the_parameters_fits_no_batch) {
  const Result result = run({"plan", "--model", "w4_mlp", "--batch", "1", "--budget", "64KiB"});
  BOOST_TEST(result.code == 3);
  check_contains(result.out, "budget 64.0 KiB: does not fit; no batch fits\n");
  check_contains(result.err, "No batch fits: parameters (2.55 MiB) and optimizer state (5.11 MiB)");
}

BOOST_AUTO_TEST_CASE(a_model_without_a_batch_fits_with_every_batch) {
  const std::vector<NamedModel> models{{"fixed", "no input", [](Graph& g) {
                                          auto p = g.parameter("p", {4});
                                          return Model{.loss = sum(multiply(p, p))};
                                        }}};
  check_contains(run({"plan", "--model", "fixed", "--batch", "1", "--budget", "1MB"}, models).out,
                 "budget 977 KiB: fits; every batch fits\n");
}

BOOST_AUTO_TEST_CASE(sizes_are_read_with_their_units) {
  const auto bytes = [](const char* text) {
    const nlohmann::json json = nlohmann::json::parse(
        output_of({"plan", "--model", "w1_logistic", "--batch", "1", "--budget", text, "--json"}));
    return json["budget_bytes"].get<std::int64_t>();
  };
  BOOST_TEST(bytes("8192") == 8192);
  BOOST_TEST(bytes("8192B") == 8192);
  BOOST_TEST(bytes("64KiB") == 64 << 10);
  BOOST_TEST(bytes("64 MiB") == 64 << 20);
  BOOST_TEST(bytes("1.5GiB") == std::int64_t{3} << 29);
  BOOST_TEST(bytes("2TiB") == std::int64_t{2} << 40);
  BOOST_TEST(bytes("64kB") == 64'000);
  BOOST_TEST(bytes("64MB") == 64'000'000);
  BOOST_TEST(bytes("1GB") == 1'000'000'000);
  BOOST_TEST(bytes("1TB") == 1'000'000'000'000);
}

BOOST_AUTO_TEST_CASE(graphs_are_printed_as_text_and_for_graphviz) {
  const std::string text = output_of({"graph", "--model", "w1_logistic"});
  check_contains(text, "sigmoid");
  check_lacks(text, "updates");
  const std::string step = output_of({"graph", "--model", "w1_logistic", "--optimizer", "adam"});
  check_contains(step, "backward");
  check_contains(step, "updates");
  check_contains(step, "out/weight.m");
  check_lacks(output_of({"graph", "--model", "w1_logistic", "--optimizer", "sgd"}), "out/weight.m");
  check_contains(output_of({"graph", "--model", "w1_logistic", "--dot"}), "digraph");
}

BOOST_AUTO_TEST_CASE(help_and_version) {
  const std::string help = output_of({"--help"});
  for (const char* part :
       {"models", "plan", "graph", "pack", "check", "--version", "dry_run",
        "Exit codes: 0 success, 1 internal error, 2 wrong usage, model or file,\n3 a batch does "
        "not fit the budget, 4 check found errors or warnings,\n5 the system refused memory, a "
        "thread or space for the output."})
    check_contains(help, part);
  const std::string plan = output_of({"plan", "--help"});
  for (const char* part :
       {"--model", "--batch", "--optimizer", "--budget", "--prefetch", "--details", "--json",
        "adam (default), adamw, sgd, momentum, nesterov", "64MiB", "Exit codes"})
    check_contains(plan, part);
  check_contains(output_of({"graph", "--help"}), "--dot");
  const std::string pack = output_of({"pack", "--help"});
  for (const char* part : {"FILE.csv", "--seconds", "--output", "--json", "id,lower,upper,size"})
    check_contains(pack, part);
  BOOST_TEST(output_of({"--version"}) == "foregraph " FOREGRAPH_VERSION "\n");
}

BOOST_AUTO_TEST_SUITE_END()
