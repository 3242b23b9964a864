// Whether a checkpoint goes with a model: its fingerprint, and its variables one by one.
#include <boost/test/unit_test.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/nn/layers/dense.hpp>
#include <foregraph/detail/ops/activation/relu.hpp>
#include <foregraph/detail/ops/activation/tanh.hpp>
#include <foregraph/detail/ops/math/add.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>
#include <foregraph/detail/ops/reduction/mean.hpp>
#include <foregraph/detail/train/checkpoint/check_variables.hpp>
#include <foregraph/detail/train/checkpoint/model_fingerprint.hpp>
#include <set>

#include "support/expect.hpp"
#include "support/folder.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

struct Options {
  const char* input = "x";
  const char* parameter = "weight";
  std::int64_t width = 4;
  DType dtype = f32;
  double constant = 2;
  bool use_tanh = false;
  bool swap_operands = false;
  bool second_output = false;
  std::uint64_t seed = 0;
  bool other_order = false;
  bool dead_node = false;
};

std::uint64_t fingerprint_of(const Options& o) {
  Graph g;
  Tensor w;
  if (o.other_order) w = g.parameter(o.parameter, {3, o.width}, uniform(1, o.seed), o.dtype);
  const Tensor x = g.input(o.input, {batch, 3, o.width}, o.dtype);
  if (!o.other_order) w = g.parameter(o.parameter, {3, o.width}, uniform(1, o.seed), o.dtype);
  if (o.dead_node) (void)relu(x);
  const Tensor c = g.constant(o.constant, o.dtype);
  const Tensor scaled = multiply(w, c);
  const Tensor sum = o.swap_operands ? add(scaled, x) : add(x, scaled);
  const Tensor y = o.use_tanh ? tanh(sum) : relu(sum);
  Model model{.loss = mean(y), .outputs = {y}};
  if (o.second_output) model.outputs.push_back(sum);
  return model_fingerprint(g, model);
}

Graph two_dense(std::int64_t width, const char* second = "second") {
  Graph g;
  const Tensor x = g.input("x", {batch, 3});
  const Tensor hidden = nn::dense(x, width, "first");
  (void)nn::dense(hidden, 2, second);
  return g;
}

/// A file with the variables of a graph.
void write_variables(const std::filesystem::path& path, const Graph& graph) {
  static const std::vector<std::byte> zeros(10'000);
  std::vector<NamedTensor> tensors;
  for (const Variable& v : graph.variables) {
    const Node& node = graph.node(v.node);
    NamedTensor t{full_name(graph, v.node), node.dtype};
    for (int axis = 0; axis < node.shape.rank; ++axis) t.shape.push_back(node.shape[axis].constant);
    t.bytes = std::span(zeros).first(
        static_cast<std::size_t>(node.shape.elements().constant * bytes_per_element(node.dtype)));
    tensors.push_back(t);
  }
  write_safetensors(path, tensors);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model_identity)

BOOST_AUTO_TEST_CASE(fingerprints_differ_where_models_do) {
  std::set<std::uint64_t> seen = {fingerprint_of({})};
  for (const Options& o : std::vector<Options>{{.input = "y"},
                                               {.parameter = "w"},
                                               {.width = 5},
                                               {.dtype = f64},
                                               {.constant = 2.5},
                                               {.constant = -2},
                                               {.use_tanh = true},
                                               {.swap_operands = true},
                                               {.second_output = true}})
    BOOST_TEST(seen.insert(fingerprint_of(o)).second);
}

BOOST_AUTO_TEST_CASE(fingerprints_are_equal_where_models_are) {
  const std::uint64_t expected = fingerprint_of({});
  BOOST_TEST(fingerprint_of({.seed = 5}) == expected);
  BOOST_TEST(fingerprint_of({.other_order = true}) == expected);
  BOOST_TEST(fingerprint_of({.dead_node = true}) == expected);
}

// Checkpoints outlive the program: if this number changes, old ones are refused. It is the same
// with every compiler.
BOOST_AUTO_TEST_CASE(a_fingerprint_stays_what_it_is) {
  BOOST_TEST(fingerprint_of({}) == 3227776466462554195U);
}

BOOST_AUTO_TEST_CASE(the_models_own_variables_pass) {
  const Folder folder;
  write_variables(folder / "x", two_dense(4));
  BOOST_CHECK_NO_THROW(check_variables(Safetensors(folder / "x"), two_dense(4)));
}

BOOST_AUTO_TEST_CASE(another_models_variables_are_listed_in_one_message) {
  const Folder folder;
  write_variables(folder / "x", two_dense(4));
  const Safetensors file(folder / "x");
  expect<DataError>(
      [&] { check_variables(file, two_dense(5)); },
      {"/x: belongs to another model or optimizer; of its 4 tensors and the model's 4 variables",
       "3 are of a different shape or dtype", "'first/weight' F32[3,4], the model has F32[3,5]",
       "'second/weight' F32[4,2], the model has F32[5,2]", "Load it into the model"});
  expect<DataError>([&] { check_variables(file, two_dense(4, "last")); },
                    {"2 are missing ('last/weight' F32[4,2], 'last/bias' F32[2]); "
                     "2 are unexpected ('second/weight' F32[4,2], 'second/bias' F32[2])."});
}

BOOST_AUTO_TEST_CASE(long_lists_are_cut) {
  const Folder folder;
  write_safetensors(folder / "x", {});
  expect<DataError>([&] { check_variables(Safetensors(folder / "x"), two_dense(4)); },
                    {"4 are missing ('first/weight' F32[3,4], 'first/bias' F32[4], "
                     "'second/weight' F32[4,2], ...)."});
}

BOOST_AUTO_TEST_CASE(prediction_needs_no_optimizer_state) {
  const Folder folder;
  Graph step = two_dense(4);
  (void)step.state("m", {3, 4}, {}, f32, 0);
  write_variables(folder / "x", step);
  const Safetensors file(folder / "x");
  BOOST_CHECK_NO_THROW(check_variables(file, two_dense(4), ExtraTensors::ignore));
  expect<DataError>([&] { check_variables(file, two_dense(4)); },
                    {"1 is unexpected ('first/weight.m' F32[3,4])."});
}

BOOST_AUTO_TEST_SUITE_END()
