// What the planner is to reach on known models, in bytes: peaks are exact, so these are no
// measurements. The figures of others were measured on the same models.
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/recompute.hpp>
#include <foregraph/detail/planner/batch_formula.hpp>
#include <foregraph/detail/planner/plan_report.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/models.hpp>
#include <limits>

using namespace foregraph;
using namespace foregraph::literals;

BOOST_AUTO_TEST_SUITE(planned_peaks)

namespace {

constexpr double mib = 1024.0 * 1024.0;

template <class ModelFunction, class Optimizer>
double peak_mib(const ModelFunction& model, const Optimizer& optimizer, std::int64_t batch_size) {
  return static_cast<double>(compile(model, optimizer, batch_size).plan.peak().count) / mib;
}

/// conv 5x5x6, relu, maxpool, conv 5x5x12, relu, maxpool, dense 10 on 28x28.
constexpr auto small_cnn = [](Graph& g) {
  const Tensor x = g.input("x", {batch, 28, 28, 1});
  const Tensor label = g.input("label", {batch}, i32);
  Tensor h = max_pool2d(relu(nn::conv2d(x, 6, 5, "conv1")), square_pool(2, 2));
  h = max_pool2d(relu(nn::conv2d(h, 12, 5, "conv2")), square_pool(2, 2));
  const Tensor logits = nn::dense(flatten(h), 10, "logits");
  return Model{.loss = nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

/// The share of FLOPs that recomputation adds to bring the step within the bytes; infinite if it
/// cannot. It may be below 0, since some cheap values are recomputed in any case.
template <class ModelFunction, class Optimizer>
double extra_work_to_fit(const ModelFunction& model, const Optimizer& optimizer,
                         std::int64_t batch_size, Bytes budget) {
  const Step planned = compile(model, optimizer, batch_size);
  const std::int64_t flops = flops_of(planned.graph, batch_size);
  if (planned.plan.peak() <= budget) return 0;
  const auto found = recompute_to_fit(planned.graph, planned.plan, budget, flops);
  if (!found) return std::numeric_limits<double>::infinity();
  BOOST_TEST(validate(found->graph, found->plan).ok());
  BOOST_TEST(found->plan.peak().count <= budget.count);
  return static_cast<double>(found->extra_flops) / static_cast<double>(flops);
}

}  // namespace

BOOST_AUTO_TEST_CASE(perceptron_784_512_512_10) {
  BOOST_TEST(peak_mib(models::w4_mlp, optim::sgd(), 128) <= 4.1);   // NNTrainer: 4.98
  BOOST_TEST(peak_mib(models::w4_mlp, optim::adam(), 128) <= 9.9);  // libtorch's tensors: 13.3
  BOOST_TEST(peak_mib(models::w4_mlp, optim::sgd(), 1) <= 4.1);
  BOOST_TEST(peak_mib(models::w4_mlp, optim::sgd(), 32) <= 4.25);
  BOOST_TEST(peak_mib(models::w4_mlp, optim::sgd(), 256) <= 5.85);
  BOOST_TEST(peak_mib(models::w4_mlp, optim::sgd(), 1024) <= 12.6);
  double before = 0;
  for (std::int64_t b = 1; b <= 300; ++b) {  // never more for a smaller batch
    const double peak = peak_mib(models::w4_mlp, optim::sgd(), b);
    BOOST_TEST(peak >= before);
    before = peak;
  }
}

BOOST_AUTO_TEST_CASE(convolutional_networks) {
  BOOST_TEST(peak_mib(small_cnn, optim::sgd(), 64) < 2.13);                // NNTrainer: 2.13
  BOOST_TEST(peak_mib(models::vgg16_cifar100, optim::adam(), 128) < 347);  // NNTrainer: 347
}

BOOST_AUTO_TEST_CASE(shares_of_the_tensors_of_libtorch) {
  BOOST_TEST(peak_mib(models::w4_mlp, optim::adam(), 128) * 1024 <= 0.75 * 13'600);
  const double w6 = extra_work_to_fit(models::w6_resnet20, optim::sgd_momentum(), 32,
                                      Bytes{54'918 * 1024 * 6 / 10});
  BOOST_TEST(w6 < 0.01, "FLOPs added: " << w6);
  const double w8 = extra_work_to_fit(models::w8_transformer, optim::adamw(), 16,
                                      Bytes{100'477LL * 1024 * 6 / 10});
  BOOST_TEST(w8 < 0.01, "FLOPs added: " << w8);
}

BOOST_AUTO_TEST_CASE(no_gaps) {
  int plans = 0;
  int with_gap = 0;
  const auto check = [&](const char* name, const auto& model, const auto& optimizer) {
    for (const std::int64_t b : {1, 8, 32, 128, 1024}) {
      const Step planned = compile(model, optimizer, b);
      const double gap = static_cast<double>(planned.plan.gap().count) /
                         static_cast<double>(planned.plan.lower_bound().count);
      BOOST_TEST(gap <= 0.01, name << " at batch " << b << ": " << gap);
      // Never worse than the order given.
      const Plan as_written = plan_memory(planned.graph, b, {.order = OrderMethod::as_written});
      BOOST_TEST(planned.plan.lower_bound().count <= as_written.lower_bound().count);
      ++plans;
      with_gap += gap > 0 ? 1 : 0;
    }
  };
  const auto both = [&](const char* name, const auto& model) {
    check(name, model, optim::adam());
    check(name, model, optim::sgd());
  };
  both("w1", models::w1_logistic);
  both("w2", models::w2_linear);
  both("w3", models::w3_wide_data);
  both("w4", models::w4_mlp);
  both("w5", models::w5_lenet);
  both("w6", models::w6_resnet20);
  both("w7", models::w7_lstm);
  both("w8", models::w8_transformer);
  both("resnet18", models::resnet18);
  both("mobilenet_v2", models::mobilenet_v2_224);
  both("vgg16", models::vgg16_imagenet);
  both("gpt2_small", models::gpt2_small);
  BOOST_TEST(10 * with_gap <= plans, with_gap << " of " << plans << " plans have a gap");
}

BOOST_AUTO_TEST_CASE(gradients_used_as_soon_as_complete) {
  // What is not parameters or inputs, against all gradients kept and the order as written.
  Graph g;
  const Model model = models::mobilenet_v2_folded(g);
  const Plan ours = plan_memory(training_graph(g, model, optim::sgd()), 1);
  const Plan conventional =
      plan_memory(training_graph(g, model, optim::KeepGradients<optim::Sgd>{optim::sgd()}), 1,
                  {.order = OrderMethod::as_written});
  BOOST_TEST(static_cast<double>(conventional.transient_bytes) >=
             2.4 * static_cast<double>(ours.transient_bytes));
}

BOOST_AUTO_TEST_SUITE_END()
