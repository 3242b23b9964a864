#include <boost/test/unit_test.hpp>
#include <foregraph/detail/compile/loss_of_samples.hpp>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <string>

#include "support/function_ref.hpp"

namespace fg = foregraph;

BOOST_AUTO_TEST_SUITE(loss_of_samples)

namespace {

using Loss = foregraph::test::FunctionRef<fg::Tensor(fg::Graph&, fg::Tensor, fg::Tensor)>;

/// What is found for a loss made of x f32[batch,6] and w f32[6,6]; the culprit's op if mixed.
std::string found(const Loss& loss) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch, 6});
  const fg::Tensor w = g.parameter("w", {6, 6});
  g.loss = loss(g, x, w).id;
  const fg::LossOfSamples result = fg::loss_of_samples(g);
  switch (result.kind) {
    case fg::LossKind::average:
      return "average";
    case fg::LossKind::total:
      return "total";
    case fg::LossKind::mixed:
      break;
  }
  return "mixed by " + std::string(g.node(result.culprit).op->name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(means_and_sums) {
  using fg::Graph;
  using fg::Tensor;
  const auto rows = [](Tensor x, Tensor w) { return fg::relu(fg::matmul(x, w)); };
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) { return fg::mean(rows(x, w)); }) == "average");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) { return fg::sum(rows(x, w)); }) == "total");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::mean(rows(x, w)) + 0.1 * fg::sum(w * w);
             }) == "average");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return 2.0 * fg::mean(rows(x, w)) - fg::mean(fg::softmax(x)) / 3.0;
             }) == "average");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::mean(fg::sum(rows(x, w), {0}) / 4.0);
             }) == "total");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               const Tensor images = fg::reshape(fg::matmul(x, w), {fg::batch, 2, 3});
               return fg::mean(fg::nn::layer_norm(fg::permute(images, {0, 2, 1}), "norm"));
             }) == "average");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::mean(fg::transpose(fg::matmul(x, w)) * fg::transpose(x));
             }) == "average");
  // Masks of samples, and of a weight that all samples share.
  BOOST_TEST(found([&](Graph& g, Tensor x, Tensor w) {
               const Tensor step = g.constant(3, fg::i64);
               const Tensor dropped = fg::dropout_at_step(w, 0.5, 1, step);
               return fg::mean(fg::dropout_at_step(rows(x, dropped), 0.5, 2, step));
             }) == "average");
}

BOOST_AUTO_TEST_CASE(samples_that_mix) {
  using fg::Graph;
  using fg::Tensor;
  const auto product = [](Tensor x, Tensor w) { return fg::matmul(x, w); };
  // A mean that is used for each sample, or not linearly.
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               const Tensor y = product(x, w);
               return fg::mean(fg::square(y - fg::mean(y, {0}, fg::KeepDims::yes)));
             }) == "mixed by broadcast");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::sqrt(fg::mean(fg::square(product(x, w))));
             }) == "mixed by sqrt");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               const Tensor m = fg::mean(product(x, w));
               return m * m;
             }) == "mixed by multiply");
  // A sum and a term without samples weigh differently in parts of another size.
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::sum(product(x, w)) + fg::sum(w * w);
             }) == "mixed by add");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::mean(fg::softmax(product(x, w), 0));
             }) == "mixed by softmax");
  BOOST_TEST(found([&](Graph&, Tensor x, Tensor w) {
               return fg::mean(fg::nn::batch_norm(product(x, w), "norm"));
             }).substr(0, 8) == "mixed by");
  // A mask over a sum of samples.
  BOOST_TEST(found([&](Graph& g, Tensor x, Tensor w) {
               const Tensor sums = fg::sum(product(x, w), {0});
               return fg::sum(fg::dropout_at_step(sums, 0.5, 1, g.constant(3, fg::i64)));
             }) == "mixed by dropout");
}

BOOST_AUTO_TEST_CASE(of_the_models) {
  const auto kind_of = [](const auto& model) {
    fg::Graph g;
    const fg::Model m = model(g);
    return fg::loss_of_samples(fg::forward_graph(g, m, fg::Mode::training)).kind;
  };
  using namespace fg::models;
  BOOST_TEST((kind_of(w1_logistic) == fg::LossKind::average));
  BOOST_TEST((kind_of(w2_linear) == fg::LossKind::average));
  BOOST_TEST((kind_of(w5_lenet) == fg::LossKind::average));
  BOOST_TEST((kind_of(w6_resnet20) == fg::LossKind::mixed));
  BOOST_TEST((kind_of(w7_lstm) == fg::LossKind::average));
  BOOST_TEST((kind_of(w8_transformer) == fg::LossKind::average));
  BOOST_TEST((kind_of(vgg16_cifar100) == fg::LossKind::average));
  BOOST_TEST((kind_of(gpt2_small) == fg::LossKind::average));
}

BOOST_AUTO_TEST_SUITE_END()
