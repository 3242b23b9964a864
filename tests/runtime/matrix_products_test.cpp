#include <boost/test/unit_test.hpp>
#include <foregraph/detail/runtime/matrix_products.hpp>
#include <foregraph/models.hpp>

using namespace foregraph;

namespace {

template <class ModelFunction>
std::vector<MatrixProduct> products(const ModelFunction& model, std::int64_t batch_size) {
  const Step p = compile(model, optim::sgd(0.1), batch_size);
  return products_of(p.graph, p.plan);
}

std::int64_t count_of(const std::vector<MatrixProduct>& all, std::int64_t m, std::int64_t n,
                      std::int64_t k) {
  std::int64_t count = 0;
  for (const MatrixProduct& p : all) count += p.m == m && p.n == n && p.k == k;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(products_of_a_plan)

BOOST_AUTO_TEST_CASE(dense_layers) {
  const auto all = products(models::w4_mlp, 64);
  std::int64_t count = 0;
  for (const MatrixProduct& product : all) {
    BOOST_TEST((product.dtype == f32));
    count += product.m * product.n * product.k;
  }
  // Forward, by the weights, and by the activations but for the first layer.
  BOOST_TEST(count == 64 * (3 * (784 * 512 + 512 * 512 + 512 * 10) - 784 * 512));
  BOOST_TEST(count_of(all, 64, 512, 784) == 1);
}

BOOST_AUTO_TEST_CASE(convolutions_with_many_weights_work_in_blocks_of_an_image) {
  const auto wide = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 10, 10, 96});
    const Tensor hidden = nn::conv2d(x, 96, 3, "first");
    return Model{.loss = mean(nn::conv2d(hidden, 96, 3, "second"))};
  };
  const auto all = products(wide, 4);
  BOOST_TEST(count_of(all, 8 * 8, 96, 9 * 96) == 1);  // first
  BOOST_TEST(count_of(all, 9 * 96, 96, 8 * 8) == 1);  // by its weights; nothing by the image
  BOOST_TEST(count_of(all, 6 * 6, 96, 9 * 96) == 1);  // second
  BOOST_TEST(count_of(all, 6 * 6, 9 * 96, 96) == 1);  // by its image
  BOOST_TEST(count_of(all, 9 * 96, 96, 6 * 6) == 1);  // by its weights
}

BOOST_AUTO_TEST_CASE(convolutions_with_few_weights_make_no_products) {
  const auto all = products(models::w5_lenet, 64);
  for (const MatrixProduct& product : all) BOOST_TEST((product.m == 64 || product.k == 64));
  BOOST_TEST(count_of(all, 64, 120, 256) == 1);  // the first dense layer
}

BOOST_AUTO_TEST_CASE(recurrence_and_attention) {
  BOOST_TEST(count_of(products(models::w7_lstm, 16), 16, 4 * 256, 256) == 1);
  BOOST_TEST(count_of(products(models::w7_lstm, 16), 16, 256, 4 * 256) == 1);
  // A decoder of 4 layers; queries in blocks of 64, keys of the context of 128.
  const auto all = products(models::w8_transformer, 2);
  std::int64_t attention = 0;
  for (const MatrixProduct& p : all) attention += p.m == 64 && p.n == 128;
  BOOST_TEST(attention == 4 * 2);  // forward and backward
  const auto gru_layer = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 5, 8});
    return Model{.loss = mean(nn::gru(x, 32, "gru"))};
  };
  BOOST_TEST(count_of(products(gru_layer, 16), 16, 3 * 32, 32) >= 1);
}

BOOST_AUTO_TEST_CASE(a_stack_times_one_matrix_is_one_product) {
  const auto model = [](Graph& g) {
    const Tensor x = g.input("x", {batch, 10, 8});
    return Model{.loss = mean(matmul(x, g.parameter("w", {8, 3})))};
  };
  BOOST_TEST(count_of(products(model, 7), 70, 3, 8) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
