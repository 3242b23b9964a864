#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include <foregraph/detail/base/error.hpp>
#include <foregraph/plan.hpp>

// Wrong uses of ops, each with the message it gets: the op, what is wrong, the operands' dtypes and
// shapes, what was expected, and the user's line.

using namespace foregraph;

namespace {

struct WrongUse {
  std::string message;  ///< its beginning: "[op] what: operands"
  void (*use)(Graph&);
  int line;
};

/// Inputs of the graph at hand.
struct Inputs {
  Graph& g;
  int count = 0;
  Tensor operator()(Shape shape, DType dtype = f32) {
    return g.input(nn::numbered("x", count++), shape, dtype);
  }
};

#define USE(message, ...)                \
  WrongUse {                             \
    message,                             \
        [](Graph& g) {                   \
          [[maybe_unused]] Inputs in{g}; \
          (void)(__VA_ARGS__);           \
        },                               \
        __LINE__                         \
  }

const std::vector<WrongUse>& all_wrong_uses() {
  static const std::vector<WrongUse> uses{
      // Elementwise: shapes and dtypes
      USE("[add] shapes do not broadcast: f32[batch,3] and f32[batch,4]",
          in({batch, 3}) + in({batch, 4})),
      USE("[multiply] dtypes differ: f32[batch,3] and i32[batch,3]",
          in({batch, 3}) * in({batch, 3}, i32)),
      USE("[pow] dtypes differ: f32[3] and f64[3]", pow(in({3}), in({3}, f64))),
      USE("[divide] the op is not defined for this dtype: i32[3] and i32[3]",
          in({3}, i32) / in({3}, i32)),
      USE("[maximum] shapes do not broadcast: f32[2,3] and f32[2]", maximum(in({2, 3}), in({2}))),
      USE("[subtract] the result's size would grow with the square of the batch: f32[batch,1] and "
          "f32[batch]",
          in({batch, 1}) - in({batch})),
      USE("[gelu] the op is not defined for this dtype: i32[3]", gelu(in({3}, i32))),
      USE("[sin] the op is not defined for this dtype: i64[3]", sin(in({3}, i64))),
      USE("[select] the op is not defined for this dtype: f32[3] and f32[3]",
          select(in({3}), in({3}), in({3}))),
      USE("[select] dtypes differ: bool[3] and f32[3]",
          select(in({3}, boolean), in({3}), in({3}, f64))),
      USE("[logical_and] the op is not defined for this dtype: f32[3] and f32[3]",
          logical_and(in({3}), in({3}))),
      USE("[clamp] dtypes differ: f32[3] and i32[3]", clamp(in({3}), in({3}, i32), 1.0)),
      USE("[greater] dtypes differ: f32[3] and i32[3]", in({3}) > in({3}, i32)),
      USE("[clamp] the lower bound is above the upper bound", clamp(in({3}), 2.0, 1.0)),
      USE("[tanh] the op is not defined for this dtype: bool[3]", tanh(in({3}, boolean))),
      USE("[leaky_relu] the op is not defined for this dtype: i32[3] and i32[3]",
          leaky_relu(in({3}, i32))),
      USE("[add] a constant combined with integers is not an integer in their range: i32[3]",
          in({3}, i32) + 0.5),
      USE("[multiply] a constant combined with integers is not an integer in their range: i64[3]",
          in({3}, i64) * 1e30),
      // Reductions and what runs along one axis
      USE("[sum] an axis is out of range: f32[batch,3]", sum(in({batch, 3}), {2})),
      USE("[sum] an axis is out of range: f32[batch,3]", mean(in({batch, 3}), {1, -1})),
      USE("[sum] the op is not defined for this dtype: bool[3]", sum(in({3}, boolean))),
      USE("[reduce_max] an axis is out of range: f32[2,3]", reduce_max(in({2, 3}), {-3})),
      USE("[reduce_prod] an axis is out of range: f32[2,3]", reduce_prod(in({2, 3}), {5})),
      USE("[variance] the op is not defined for this dtype: i32[3]", variance(in({3}, i32))),
      USE("[logsumexp] an axis is out of range: f32[3]", logsumexp(in({3}), {1})),
      USE("[sum_product] shapes differ: f32[3] and f32[4]", sum_product(in({3}), in({4}))),
      USE("[sum_product] dtypes differ: f32[3] and f64[3]", sum_product(in({3}), in({3}, f64))),
      USE("[softmax] an axis is out of range: f32[batch,3]", softmax(in({batch, 3}), 2)),
      USE("[log_softmax] an axis is out of range: f32[batch,3]", log_softmax(in({batch, 3}), -3)),
      USE("[softmax] an operand has the wrong rank: f32[3]", causal_softmax(in({3}))),
      USE("[argmax] an axis is out of range: f32[batch,3]", argmax(in({batch, 3}), 2)),
      USE("[argmin] the op is not defined for this dtype: bool[3]", argmin(in({3}, boolean), 0)),
      USE("[cumsum] an axis is out of range: f32[3]", cumsum(in({3}), 1)),
      USE("[top_k_indices] k is below 1 or above the size of the axis: f32[batch,3]",
          top_k(in({batch, 3}), 4).values),
      USE("[one_hot] the operand does not have an integer dtype: f32[3]", one_hot(in({3}), 4)),
      USE("[take_along_axis] the indices do not match the tensor: f32[2,3] and f32[2,3]",
          take_along_axis(in({2, 3}), in({2, 3}), 1)),
      // Movement
      USE("[reshape] the numbers of elements differ: f32[batch,6]",
          reshape(in({batch, 6}), {batch, 5})),
      USE("[broadcast] shapes do not broadcast: f32[3]", broadcast_to(in({3}), {2, 4})),
      USE("[transpose] an operand has the wrong rank: f32[3]", transpose(in({3}))),
      USE("[permute] the axes are not a permutation of the tensor's axes: f32[2,3]",
          permute(in({2, 3}), {0, 0})),
      USE("[permute] the axes are not a permutation of the tensor's axes: f32[2,3]",
          permute(in({2, 3}), {0, 1, 2})),
      USE("[slice] an axis is out of range: f32[2,3]", slice(in({2, 3}), 2, 0, 1)),
      USE("[slice] the slice is empty or reaches beyond the axis: f32[2,3]",
          slice(in({2, 3}), 1, 2, 5)),
      USE("[slice] the slice's step is not positive: f32[2,3]", slice(in({2, 3}), 1, 0, 3, 0)),
      USE("[slice] a slice of an axis that depends on the batch: f32[batch,3]",
          slice(in({batch, 3}), 0, 0, 3)),
      USE("[concat] shapes differ outside the concatenation axis: f32[2,3] and f32[2,4]",
          concat({in({2, 3}), in({2, 4})}, 0)),
      USE("[concat] dtypes differ: f32[2] and i32[2]", concat({in({2}), in({2}, i32)}, 0)),
      USE("[concat] an axis is out of range: f32[2] and f32[2]", concat({in({2}), in({2})}, 1)),
      USE("[slice] the axis cannot be split into that many equal parts: f32[2,5]",
          split(in({2, 5}), 2, 1)[0]),
      USE("[pad] the padding does not match the tensor: f32[2,3]",
          pad(in({2, 3}), {{0, 0}, {-1, 0}})),
      USE("[pad] the padding does not match the tensor: f32[2,3]", pad(in({2, 3}), {{0, 0}})),
      USE("[reshape] an axis is out of range: f32[2,3]", squeeze(in({2, 3}), {2})),
      USE("[gather] the indices are not integers: f32[5,3] and f32[batch]",
          gather(in({5, 3}), in({batch}))),
      USE("[gather] an axis is out of range: f32[5,3] and i32[batch]",
          gather(in({5, 3}), in({batch}, i32), 2)),
      USE("[sum_equal_rows] the updates do not match the indices: i32[batch] and f32[5,3]",
          sum_equal_rows(9, in({batch}, i32), in({5, 3}))),
      USE("[assign_rows] the rows do not match the table and the indices: f32[5,3] and i32[batch]",
          assign_rows(in({5, 3}), in({batch}, i32), in({batch, 2}))),
      USE("[flip] an axis is out of range: f32[2]", flip(in({2}), 1)),
      USE("[triangle] an operand has the wrong rank: f32[2]", tril(in({2}))),
      USE("[iota] the op is not defined for this dtype", iota(g, 3, boolean)),
      USE("[when_training] shapes differ: f32[3] and f32[4]", when_training(in({3}), in({4}))),
      // Products
      USE("[matmul] inner dimensions differ: f32[batch,3] and f32[4,5]",
          matmul(in({batch, 3}), in({4, 5}))),
      USE("[matmul] dtypes differ: f32[batch,3] and f64[3,5]",
          matmul(in({batch, 3}), in({3, 5}, f64))),
      USE("[matmul] an operand is not a matrix: f32[3] and f32[3,5]", matmul(in({3}), in({3, 5}))),
      USE("[batch_matmul] inner dimensions differ: f32[2,3,4] and f32[2,5,6]",
          matmul(in({2, 3, 4}), in({2, 5, 6}))),
      USE("[batch_matmul] the batch axes of the matrices do not broadcast: f32[2,3,4] and "
          "f32[3,4,5]",
          matmul(in({2, 3, 4}), in({3, 4, 5}))),
      USE("[matmul] an operand is not a matrix: f32[batch,28,28]",
          nn::dense(in({batch, 28, 28}), 10, "hidden")),
      // Convolutions, pooling, upsampling
      USE("[conv2d] the kernel is larger than the padded image: f32[batch,4,4,3] and f32[5,5,3,8]",
          conv2d(in({batch, 4, 4, 3}), in({5, 5, 3, 8}))),
      USE("[conv2d] the image's channels do not match the weights: f32[batch,8,8,3] and "
          "f32[3,3,4,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 4, 8}))),
      USE("[conv2d] the number of groups does not divide the channels or the filters: "
          "f32[batch,8,8,4] and f32[3,3,2,9]",
          conv2d(in({batch, 8, 8, 4}), in({3, 3, 2, 9}), {.groups = 2})),
      USE("[conv2d] padding is negative: f32[batch,8,8,3] and f32[3,3,3,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 3, 8}), square_conv(1, -1))),
      USE("[conv2d] a stride, a dilation or the size of a window is below 1: f32[batch,8,8,3] and "
          "f32[3,3,3,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 3, 8}), square_conv(0))),
      USE("[conv2d] a stride, a dilation or the size of a window is below 1: f32[batch,8,8,3] and "
          "f32[3,3,3,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 3, 8}), {.dilation_h = 0})),
      USE("[conv2d] an operand is not an image: f32[batch,784] and f32[3,3,3,8]",
          conv2d(in({batch, 784}), in({3, 3, 3, 8}))),
      USE("[conv2d] dtypes differ: f32[batch,8,8,3] and i32[3,3,3,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 3, 8}, i32))),
      USE("[conv2d] an operand has the wrong rank: f32[batch,8,8,1] and f32[3,8,8]",
          conv1d(in({batch, 8, 8, 1}), in({3, 8, 8}))),
      USE("[conv2d_input_gradient] the image's shape does not produce the result's: "
          "f32[batch,4,4,8] and f32[3,3,4,8]",
          conv2d_transpose(in({batch, 4, 4, 8}), in({3, 3, 4, 8}),
                           {.conv = square_conv(2), .extra_h = 2})),
      USE("[max_pool2d] the kernel is larger than the padded image: f32[batch,4,4,3]",
          max_pool2d(in({batch, 4, 4, 3}), square_pool(5))),
      USE("[max_pool2d] padding is as large as the window: f32[batch,4,4,3]",
          max_pool2d(in({batch, 4, 4, 3}), square_pool(2, 2, 2))),
      USE("[average_pool2d] an operand is not an image: f32[batch,4,4]",
          average_pool2d(in({batch, 4, 4}))),
      USE("[upsample_nearest2d] a scale or a size is below 1: f32[batch,4,4,3]",
          upsample_nearest2d(in({batch, 4, 4, 3}), 0, 2)),
      USE("[conv2d_input_gradient] the image's channels do not match the weights: "
          "f32[batch,4,4,8] and f32[3,3,8,4]",
          conv2d_transpose(in({batch, 4, 4, 8}), in({3, 3, 8, 4}))),
      USE("[conv2d_input_gradient] extra rows or columns with SAME padding",
          conv2d_transpose(in({batch, 4, 4, 8}), in({3, 3, 4, 8}),
                           {.conv = {.padding = same_padding}, .extra_h = 1})),
      USE("[conv2d] the number of elements does not fit in 64 bits: f32[batch,8,8,3] and "
          "f32[3,3,3,8]",
          conv2d(in({batch, 8, 8, 3}), in({3, 3, 3, 8}), {.dilation_h = std::int64_t{1} << 62})),
      USE("[max_pool2d] the number of elements does not fit in 64 bits: f32[batch,4,4,3]",
          max_pool2d(in({batch, 4, 4, 3}), square_pool(2, std::int64_t{1} << 62))),
      // Norms, dropout, attention, recurrences, embedding
      USE("[batch_norm] the operands of batch norm do not match: f32[batch,8] and f32[7]",
          batch_norm(in({batch, 8}), in({7}), in({8}))),
      USE("[layer_norm] the operands of a row normalization do not match: f32[batch,8] and f32[7]",
          layer_norm(in({batch, 8}), in({7}), in({8}))),
      USE("[rms_norm] the operands of a row normalization do not match: f32[batch,8] and f64[8]",
          rms_norm(in({batch, 8}), in({8}, f64))),
      USE("[group_norm] the channels cannot be split into that many groups: f32[batch,4,4,6]",
          nn::group_norm(in({batch, 4, 4, 6}), 4, "norm")),
      USE("[dropout] the dropout rate is not in [0, 1): f32[batch,8] and i64[]",
          dropout(in({batch, 8}), 1.0)),
      USE("[attention] queries, keys and values do not match: f32[batch,4,8] and f32[batch,5,7]",
          scaled_dot_product_attention(in({batch, 4, 8}), in({batch, 5, 7}), in({batch, 5, 8}))),
      USE("[attention] the numbers of keys and queries differ: f32[batch,4,8] and f32[batch,5,8]",
          scaled_dot_product_attention(in({batch, 4, 8}), in({batch, 5, 8}), in({batch, 5, 8}),
                                       {.causal = true})),
      USE("[attention] the number of heads does not divide the width: f32[batch,4,10]",
          nn::multi_head_attention(in({batch, 4, 10}), 3, "heads")),
      USE("[lstm] the gates do not match the recurrent weights: f32[batch,5,12] and f32[4,16]",
          lstm(in({batch, 5, 12}), in({4, 16}))),
      USE("[gru] the gates do not match the recurrent weights: f32[batch,5,16] and f32[4,16]",
          gru(in({batch, 5, 16}), in({4, 16}), in({4}))),
      USE("[gather] the indices are not integers: f32[100,8] and f32[batch,5]",
          nn::embedding(in({batch, 5}), 100, 8, "token")),
      // Losses
      USE("[softmax_cross_entropy] labels do not match the logits: f32[batch,10] and f32[batch]",
          nn::softmax_cross_entropy(in({batch, 10}), in({batch}))),
      USE("[softmax_cross_entropy] labels do not match the logits: f32[batch,10] and i32[batch,10]",
          nn::softmax_cross_entropy(in({batch, 10}), in({batch, 10}, i32))),
      USE("[subtract] shapes differ: f32[batch,1] and f32[batch]",
          nn::mean_squared_error(in({batch, 1}), in({batch}))),
      USE("[huber] shapes differ: f32[batch,1] and f32[batch]",
          nn::huber(in({batch, 1}), in({batch}))),
      USE("[hinge] shapes differ: f32[batch,1] and f32[batch]",
          nn::hinge(in({batch, 1}), in({batch}))),
      USE("[kl_divergence] shapes differ: f32[batch,3] and f32[batch,4]",
          nn::kl_divergence(in({batch, 3}), in({batch, 4}))),
      USE("[cosine_embedding] labels do not match the vectors: f32[batch,3] and f32[batch,1]",
          nn::cosine_embedding(in({batch, 3}), in({batch, 3}), in({batch, 1}))),
      USE("[softmax_cross_entropy_of_probabilities] shapes differ: f32[batch,3] and f32[batch]",
          nn::softmax_cross_entropy_with_probabilities(in({batch, 3}), in({batch}))),
      // Variables
      USE("[variable] a parameter's shape depends on the batch: f32[batch,3]",
          g.parameter("w", {batch, 3}, {}, f32, Location::current())),
      USE("[variable] an orthogonal initializer for fewer than two axes: f32[3]",
          g.parameter("w", {3}, orthogonal(), f32, Location::current())),
  };
  return uses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wrong_uses)

BOOST_AUTO_TEST_CASE(each_gets_the_message_that_names_it) {
  for (const WrongUse& wrong : all_wrong_uses()) {
    Graph g;
    std::string message;
    try {
      wrong.use(g);
    } catch (const GraphError& error) {
      message = error.what();
    }
    BOOST_CHECK_MESSAGE(message.starts_with(wrong.message),
                        "expected '" << wrong.message << "', got '" << message << "'");
    BOOST_CHECK_MESSAGE(message.find("; expected ") != std::string::npos,
                        "no way out in '" << message << "'");
    const std::string place = "wrong_uses_test.cpp:" + std::to_string(wrong.line) + ")";
    BOOST_CHECK_MESSAGE(message.ends_with(place), "'" << message << "' does not name " << place);
  }
}

BOOST_AUTO_TEST_CASE(there_are_at_least_sixty) {
  BOOST_TEST(all_wrong_uses().size() >= 60U);
}

BOOST_AUTO_TEST_SUITE_END()
