#pragma once

#include <functional>
#include <string>
#include <vector>

#include <foregraph/detail/all_ops.hpp>
#include <foregraph/detail/autodiff/gradient.hpp>

#include "support/op_check.hpp"

/// Every op on small operands: for tests of what all ops have to do.
namespace every_op {

using namespace foregraph;

/// An operand that is floating and has a gradient, unless it says otherwise.
struct Operand {
  Shape shape;
  double low = 0.3;
  double high = 0.9;
  std::vector<double> fixed{};  ///< integers or truth values; of no interest here
  DType fixed_dtype = i64;
  bool has_gradient = true;
};
/// What a Case stores.
using StoredFunction = std::function<Tensor(Graph&, const std::vector<Tensor>&)>;
using Operands = std::vector<Tensor>;
struct Case {
  std::string name;
  StoredFunction f;
  std::vector<Operand> operands;
  bool is_elementwise = false;
  bool has_gradient = true;
};

inline Case elementwise_case(const std::string& name, const StoredFunction& f, int arity = 1,
                             bool has_gradient = true) {
  Case c{name, f, {}, true, has_gradient};
  for (int i = 0; i < arity; ++i) c.operands.push_back({{37}});  // whole vectors and a rest
  return c;
}
// A lambda with a + is a pointer, so that the compiler makes one StoredFunction of all.
#define FOREGRAPH_UNARY_(op) \
  elementwise_case(          \
      #op, +[](Graph&, const Operands& x) { return op(x[0]); })
#define FOREGRAPH_BINARY_(op) \
  elementwise_case(           \
      #op, +[](Graph&, const Operands& x) { return op(x[0], x[1]); }, 2)
#define FOREGRAPH_TERNARY_(op) \
  elementwise_case(            \
      #op, +[](Graph&, const Operands& x) { return op(x[0], x[1], x[2]); }, 3)

/// An op made by its OpDef.
inline StoredFunction of(const OpDef& op, Attributes attributes = {}) {
  return [&op, attributes](Graph& g, const auto& x) {
    return g.append(op, std::span<const Tensor>(x), attributes, Location::current());
  };
}

inline std::vector<Case> elementwise_cases() {
  std::vector<Case> cases{FOREGRAPH_UNARY_(abs),
                          FOREGRAPH_UNARY_(acos),
                          FOREGRAPH_UNARY_(asin),
                          FOREGRAPH_UNARY_(asinh),
                          FOREGRAPH_UNARY_(atan),
                          FOREGRAPH_UNARY_(atanh),
                          FOREGRAPH_UNARY_(cos),
                          FOREGRAPH_UNARY_(erf),
                          FOREGRAPH_UNARY_(exp),
                          FOREGRAPH_UNARY_(gelu),
                          FOREGRAPH_UNARY_(gelu_tanh),
                          FOREGRAPH_UNARY_(hard_swish),
                          FOREGRAPH_UNARY_(hard_sigmoid),
                          FOREGRAPH_UNARY_(leaky_relu),
                          FOREGRAPH_UNARY_(log),
                          FOREGRAPH_UNARY_(mish),
                          FOREGRAPH_UNARY_(negate),
                          FOREGRAPH_UNARY_(reciprocal),
                          FOREGRAPH_UNARY_(relu),
                          FOREGRAPH_UNARY_(relu6),
                          FOREGRAPH_UNARY_(rsqrt),
                          FOREGRAPH_UNARY_(selu),
                          FOREGRAPH_UNARY_(sigmoid),
                          FOREGRAPH_UNARY_(silu),
                          FOREGRAPH_UNARY_(sin),
                          FOREGRAPH_UNARY_(softplus),
                          FOREGRAPH_UNARY_(softsign),
                          FOREGRAPH_UNARY_(sqrt),
                          FOREGRAPH_UNARY_(square),
                          FOREGRAPH_UNARY_(tan),
                          FOREGRAPH_UNARY_(tanh),
                          FOREGRAPH_BINARY_(add),
                          FOREGRAPH_BINARY_(divide),
                          FOREGRAPH_BINARY_(elu),
                          FOREGRAPH_BINARY_(leaky_relu),
                          FOREGRAPH_BINARY_(maximum),
                          FOREGRAPH_BINARY_(minimum),
                          FOREGRAPH_BINARY_(multiply),
                          FOREGRAPH_BINARY_(pow),
                          FOREGRAPH_BINARY_(subtract),
                          FOREGRAPH_BINARY_(zero_or_product),
                          FOREGRAPH_BINARY_(nonzero_product),
                          FOREGRAPH_TERNARY_(clamp),
                          FOREGRAPH_BINARY_(zero_or_quotient),
                          FOREGRAPH_TERNARY_(hard_sigmoid)};
  cases.push_back(FOREGRAPH_UNARY_(acosh));
  cases.back().operands.front().low = 1.3;
  cases.back().operands.front().high = 2.9;
  for (int side = 0; side < 2; ++side)
    for (const double number : {0.0, 0.5, 2.0}) {
      const auto with = [&](const char* name, Tensor (*op)(Argument, Argument)) {
        // No gradient where the number is what is chosen.
        cases.push_back(elementwise_case(
            name,
            [=](Graph&, const auto& x) { return side == 0 ? op(x[0], number) : op(number, x[0]); },
            1, number == 0.5));
      };
      with("maximum of a number", [](Argument a, Argument b) { return maximum(a, b); });
      with("minimum of a number", [](Argument a, Argument b) { return minimum(a, b); });
    }
  for (Case& c : cases)
    if (c.name == "clamp") {  // operands on all sides of the bounds
      c.operands[1] = {{37}, 0.3, 0.6};
      c.operands[2] = {{37}, 0.6, 0.9};
    }
  for (const OpDef* op : {&sign_op, &floor_op, &ceil_op, &round_op})
    cases.push_back(elementwise_case(std::string(op->name), of(*op), 1, false));
  for (const OpDef* op :
       {&absolute_error_op, &binary_cross_entropy_op, &binary_cross_entropy_with_logits_op,
        &gelu_tanh_gradient_op, &mish_gradient_op, &silu_gradient_op, &hard_swish_gradient_op})
    cases.push_back(elementwise_case(std::string(op->name), of(*op), 2));
  cases.push_back(elementwise_case("gelu_slope", of(gelu_slope_op)));
  // The cases of leaky_relu and elu below 0, where the slope and alpha count.
  for (Case& c : cases)
    if ((c.name == "leaky_relu" || c.name == "elu") && c.operands.size() == 2)
      c.operands[0] = {{37}, -0.9, -0.3};
  return cases;
}

inline std::vector<Case> reduction_cases() {
  std::vector<Case> cases;
  const auto add = [&](const std::string& name, Tensor (*f)(Tensor, Axes)) {
    for (const Shape& shape : {Shape{7}, Shape{131}, Shape{5, 37}, Shape{3, 4, 19}})
      for (const Axes& axes : {Axes{}, Axes{0}, Axes{-1}}) {
        if (shape.rank == 1 && !axes.all) continue;
        cases.push_back({name, [=](Graph&, const auto& x) { return f(x[0], axes); }, {{shape}}});
      }
  };
  add("sum", [](Tensor x, Axes axes) { return sum(x, axes); });
  add("mean", [](Tensor x, Axes axes) { return mean(x, axes); });
  add("reduce_max", [](Tensor x, Axes axes) { return reduce_max(x, axes); });
  add("reduce_min", [](Tensor x, Axes axes) { return reduce_min(x, axes); });
  add("reduce_prod", [](Tensor x, Axes axes) { return reduce_prod(x, axes); });
  add("logsumexp", [](Tensor x, Axes axes) { return logsumexp(x, axes); });
  add("variance", [](Tensor x, Axes axes) { return variance(x, axes); });
  add("standard_deviation", [](Tensor x, Axes axes) { return standard_deviation(x, axes); });
  add("norm", [](Tensor x, Axes axes) { return norm(x, axes); });
  add("normalize", [](Tensor x, Axes axes) { return normalize(x, axes); });
  for (const int axis : {0, 1}) {
    const Shape shape{5, 37};
    const auto along = [&](const std::string& name, const std::function<Tensor(Tensor)>& f) {
      cases.push_back({name, [=](Graph&, const auto& x) { return f(x[0]); }, {{shape}}});
    };
    along("softmax", [=](Tensor x) { return softmax(x, axis); });
    along("log_softmax", [=](Tensor x) { return log_softmax(x, axis); });
    along("cumsum", [=](Tensor x) { return cumsum(x, axis); });
    along("flip", [=](Tensor x) { return flip(x, axis); });
    along("top_k", [=](Tensor x) { return top_k(x, 3, axis).values; });
    cases.push_back({"sum_product",
                     [=](Graph&, const auto& x) { return sum_product(x[0], x[1], {axis}); },
                     {{shape}, {shape}}});
    cases.push_back({"cosine_similarity",
                     [=](Graph&, const auto& x) { return cosine_similarity(x[0], x[1], {axis}); },
                     {{shape}, {shape}}});
  }
  return cases;
}

inline std::vector<Case> moving_cases() {
  using In = const std::vector<Tensor>&;
  return {
      {"broadcast",
       [](Graph&, In x) {
         return broadcast_to(x[0], {3, 5});
       },
       {{{5}}}},
      {"reshape",
       [](Graph&, In x) {
         return reshape(x[0], {5, 3}) * 2.0;
       },
       {{{3, 5}}}},
      {"concat",
       [](Graph&, In x) {
         return concat({x[0], x[1]}, 1);
       },
       {{{3, 5}}, {{3, 2}}}},
      {"gather",
       [](Graph&, In x) { return gather(x[0], x[1]); },
       {{{3, 5}}, {{4}, 0, 0, {2, 0, 1, 0}}}},
      {"scatter_add",
       [](Graph&, In x) { return scatter_add(Dim{3}, x[1], x[0]); },
       {{{4, 5}}, {{4}, 0, 0, {2, 0, 1, 0}}}},
      {"sum_equal_rows",
       [](Graph&, In x) { return sum_equal_rows(3, x[1], x[0]); },
       {{{4, 5}}, {{4}, 0, 0, {2, 0, 1, 0}}}},
      {"assign_rows",
       [](Graph&, In x) { return assign_rows(x[0], x[2], x[1]); },
       {{{4, 5}}, {{1, 5}}, {{1}, 0, 0, {1}}},
       false,
       false},
      {"take_along_axis",
       [](Graph&, In x) { return take_along_axis(x[0], x[1], 1); },
       {{{2, 3}}, {{2, 3}, 0, 0, {0, 1, 2, 2, 1, 0}}}},
      {"scatter_add_along_axis",
       [](Graph&, In x) { return scatter_add_along_axis(x[0], x[1], 1, Dim{3}); },
       {{{2, 3}}, {{2, 3}, 0, 0, {0, 1, 2, 2, 1, 0}}}},
      {"pad",
       [](Graph&, In x) {
         return pad(x[0], {{1, 1}, {0, 2}});
       },
       {{{3, 5}}}},
      {"permute",
       [](Graph&, In x) {
         return permute(x[0], {2, 0, 1});
       },
       {{{3, 5, 2}}}},
      {"transpose", [](Graph&, In x) { return transpose(x[0]) * 2.0; }, {{{3, 5}}}},
      {"slice", [](Graph&, In x) { return slice(x[0], 1, 0, 5, 2); }, {{{1, 5}}}},
      {"slice_view",
       [](Graph&, In x) {
         const Tensor first = slice(x[0], 0, 0, 16);
         return first + slice(x[0], 0, 16, 32);
       },
       {{{32}}}},
      {"squeeze", [](Graph&, In x) { return squeeze(x[0]) * 2.0; }, {{{3, 1}}}},
      {"tile", [](Graph&, In x) { return tile(x[0], 2, 0); }, {{{3, 5}}}},
      {"triangle", [](Graph&, In x) { return tril(x[0], 4); }, {{{3, 5}}}},
      {"stop_gradient",
       [](Graph&, In x) { return stop_gradient(x[0]) * 2.0; },
       {{{4}}},
       false,
       false},
      {"when_training", [](Graph&, In x) { return when_training(x[0], 0.0 * x[0]); }, {{{4}}}},
      {"cast", [](Graph&, In x) { return cast(x[0], x[0].dtype() == f32 ? f64 : f32); }, {{{4}}}},
      {"dropout",
       [](Graph&, In x) { return dropout_at_step(x[0], 1e-9, 1, x[1]); },
       {{{37}}, {Shape{}, 0, 0, {1}}}},
      {"dropout_of_part",
       [](Graph&, In x) { return dropout_of_part(x[0], x[1], x[2], x[3], 1e-9, 1); },
       {{{37}}, {Shape{}, 0, 0, {1}}, {Shape{}, 0, 0, {3}}, {Shape{}, 0, 0, {50}}}},
      {"random_uniform",
       [](Graph&, In x) { return random_uniform_at_step(x[0], 1, x[1]); },
       {{{37}}, {Shape{}, 0, 0, {1}}},
       false,
       false},
      {"random_uniform_of_part",
       [](Graph&, In x) { return random_uniform_of_part(x[0], x[1], x[2], x[3], 1); },
       {{{37}}, {Shape{}, 0, 0, {1}}, {Shape{}, 0, 0, {3}}, {Shape{}, 0, 0, {50}}},
       false,
       false},
      {"upsample_nearest2d",
       [](Graph&, In x) { return upsample_nearest2d(x[0], 2, 2); },
       {{{1, 2, 3, 2}}}},
      {"upsample_bilinear2d",
       [](Graph&, In x) { return upsample_bilinear2d(x[0], 5, 7); },
       {{{1, 2, 3, 2}}}},
      {"unslice",  // by the gradient of slices
       [](Graph& g, In x) {
         const Tensor first = sum(square(slice(x[0], 0, 0, 3)));
         const Tensor rest = sum(square(slice(x[0], 0, 1, 4)));
         return gradient(g, first + rest, {x[0]})[0];
       },
       {{{4}}},
       false,
       false},
  };
}

inline std::vector<Case> product_and_image_cases() {
  using In = const std::vector<Tensor>&;
  const Operand image{{1, 5, 5, 3}};
  return {
      {"matmul", [](Graph&, In x) { return matmul(x[0], x[1]); }, {{{3, 5}}, {{5, 4}}}},
      {"batch_matmul", [](Graph&, In x) { return matmul(x[0], x[1]); }, {{{2, 3, 5}}, {{2, 5, 4}}}},
      {"matmul_accumulate",
       [](Graph&, In x) { return matmul_accumulate(x[0], x[1], x[2], x[3], x[4]); },
       {{{3, 4}}, {{3, 5}}, {{5, 4}}, {Shape{}}, {Shape{}}}},
      {"matmul_accumulate, nothing kept",
       [](Graph&, In x) { return matmul_accumulate(x[0], x[1], x[2], 1.0, 0.0); },
       {{{3, 4}}, {{3, 5}}, {{5, 4}}}},
      {"matmul_accumulate, nothing added",
       [](Graph&, In x) { return matmul_accumulate(x[0], x[1], x[2], 0.0, 1.0); },
       {{{3, 4}}, {{3, 5}}, {{5, 4}}}},
      {"matmul_accumulate, transposed, nothing added",
       [](Graph&, In x) {
         return matmul_accumulate(x[0], x[1], x[2], 0.0, 1.0, {.a = true, .b = true});
       },
       {{{3, 4}}, {{5, 3}}, {{4, 5}}}},
      {"conv1d", [](Graph&, In x) { return conv1d(x[0], x[1]); }, {{{1, 7, 2}}, {{3, 2, 4}}}},
      {"conv2d", [](Graph&, In x) { return conv2d(x[0], x[1]); }, {image, {{3, 3, 3, 4}}}},
      {"conv2d_transpose",
       [](Graph&, In x) { return conv2d_transpose(x[0], x[1]); },
       {image, {{3, 3, 4, 3}}}},
      {"average_pool2d",
       [](Graph&, In x) {
         return average_pool2d(x[0], {{2, 2}});
       },
       {{{1, 4, 4, 3}}}},
      {"max_pool2d", [](Graph&, In x) { return max_pool2d(x[0]); }, {{{1, 4, 4, 3}}}},
      {"max_pool2d, overlapping",
       [](Graph&, In x) { return max_pool2d(x[0], square_pool(3, 1, 1)); },
       {{{1, 4, 4, 19}}}},
  };
}

}  // namespace every_op
