// Four times the batch in the same memory, with the same result.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <vector>

using namespace foregraph;

BOOST_AUTO_TEST_SUITE(larger_batches)

namespace {

/// ResNet-18 for 32x32 images: a 3x3 stem without pooling, four stages of two blocks.
[[nodiscard]] Model resnet18_cifar(Graph& g, std::int64_t width, std::int64_t size) {
  Tensor x = g.input("x", {batch, size, size, 3});
  x = relu(models::detail::conv_norm(x, width, 3, 1, "stem"));
  for (int stage = 0; stage < 4; ++stage) {
    const auto scope = g.scope(nn::numbered("stage", stage));
    for (int block = 0; block < 2; ++block)
      x = models::detail::residual_block(x, width << stage, stage > 0 && block == 0 ? 2 : 1,
                                         nn::numbered("block", block));
  }
  return models::detail::classify(g, mean(x, {1, 2}), 10);
}

void fill(TrainerBase& training, int classes) {
  const auto x = training.input<float>("x");
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(0.37F * static_cast<float>(i));
  const auto label = training.input<std::int32_t>("label");
  for (std::size_t i = 0; i < label.size(); ++i) label[i] = static_cast<std::int32_t>(i) % classes;
}

/// All variables after `steps` steps.
std::vector<std::byte> after_steps(const Graph& g, const Model& model, TrainerOptions options,
                                   std::int64_t batch_size, Remedy expected) {
  Trainer trainer{g, model, optim::sgd_momentum(0.05), options};
  trainer.prepare(batch_size);
  BOOST_TEST((trainer.remedy().remedy == expected));
  fill(trainer, 10);
  for (int step = 0; step < 2; ++step) trainer.step();
  std::vector<std::byte> all;
  for (const Variable& v : trainer.step_graph().variables) {
    const auto values = trainer.variable<float>(full_name(trainer.step_graph(), v.node));
    const auto bytes = std::as_bytes(values);
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(of_resnet18_by_recomputation) {
  const auto model = [](Graph& g) { return resnet18_cifar(g, 64, 32); };
  const Step small = compile(model, optim::sgd(), 128, {.extra_time = 0});
  const Step large = compile(model, optim::sgd(), 512, {.extra_time = 0});
  const std::int64_t flops = flops_of(large.graph, 512);
  const auto found = recompute_to_fit(large.graph, large.plan, small.plan.peak(), flops * 4 / 10);
  BOOST_TEST_REQUIRE(found.has_value());
  BOOST_TEST(found->plan.peak().count <= small.plan.peak().count);
  BOOST_TEST(found->extra_flops <= flops * 4 / 10);
  BOOST_TEST_MESSAGE("FLOPs added: "
                     << 100.0 * static_cast<double>(found->extra_flops) / static_cast<double>(flops)
                     << " %");
}

BOOST_AUTO_TEST_CASE(of_vgg16_by_parts) {
  Graph g;
  const Model model = models::vgg16_cifar100(g);
  const Graph step = training_graph(g, model, optim::sgd());
  const Bytes budget = plan_memory(step, 128).peak();
  const Plan large = plan_memory(step, 512);
  const auto found = find_step_within_budget(
      step, large, budget, [&] { return split_training(g, model, optim::sgd()); });
  BOOST_TEST_REQUIRE(found.has_value());
  BOOST_TEST((found->result.remedy == Remedy::micro_batches));
  BOOST_TEST(found->result.peak.count <= budget.count);
  BOOST_TEST(found->result.extra_work < 0.01);
}

BOOST_AUTO_TEST_CASE(recomputed_steps_give_the_same_bits) {
  Graph g;
  const Model model = resnet18_cifar(g, 8, 16);
  const Graph step = training_graph(g, model, optim::sgd_momentum(0.05));
  const Bytes small = plan_memory(step, 8).peak();
  const std::vector<std::byte> whole =
      after_steps(g, model, {.memory_budget = Budget::unlimited()}, 16, Remedy::as_is);
  const std::vector<std::byte> recomputed = after_steps(
      g, model, {.memory_budget = small, .fit_to_budget = true}, 16, Remedy::recomputation);
  BOOST_TEST((whole == recomputed));
}

BOOST_AUTO_TEST_SUITE_END()
