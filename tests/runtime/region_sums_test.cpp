// Sums that a region forms while it makes what is summed.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/planner/tasks/tasks.hpp>
#include <foregraph/detail/runtime/program.hpp>
#include <foregraph/foregraph.hpp>
#include <limits>
#include <random>
#include <vector>

#include "support/op_check.hpp"

namespace fg = foregraph;

namespace {

/// Two sums of one region, one of which uses a value that is stored besides, and their gradients.
template <fg::DType dtype>
fg::Graph two_sums(bool all_values) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch}, dtype);
  const fg::Tensor w = g.input("w", {fg::batch}, dtype);
  const fg::Tensor b = g.input("b", {fg::batch}, dtype);
  const fg::Tensor h = fg::gelu(x * w + b) * fg::tanh(x) + x * x;
  const fg::Tensor s = fg::exp(h) - w;
  const fg::Tensor loss = fg::mean(h * 3.0 - b) * fg::sum(s);
  g.outputs = {loss.id, s.id};
  for (const fg::Tensor& gradient : fg::gradient(g, loss, {x, w, b}))
    g.outputs.push_back(gradient.id);
  if (all_values)
    for (fg::NodeId id = 0; id < g.size(); ++id)
      if (g.node(id).op->kind == fg::OpKind::elementwise) g.outputs.push_back(id);
  return g;
}

/// The first five outputs of `graph` for `count` samples. `first_input` takes what was read there.
template <class T>
std::vector<T> run(const fg::Graph& graph, std::int64_t count, int threads,
                   std::vector<T>* first_input = nullptr) {
  fg::Program program(graph.clone(), fg::plan_memory(graph, count));
  const fg::Plan& plan = program.plan();
  const fg::Arena variables(static_cast<std::size_t>(plan.variables_bytes));
  const fg::Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
  const fg::Arena transient(static_cast<std::size_t>(plan.transient_bytes));
  program.attach(variables.data(), inputs.data(), transient.data());
  program.use_threads(threads);
  std::mt19937 random(7);
  std::uniform_real_distribution<T> uniform(-2, 2);
  for (const fg::NodeId id : graph.inputs)
    for (std::int64_t i = 0; i < graph.node(id).shape.elements().at(count); ++i)
      reinterpret_cast<T*>(program.address_of(id))[i] = uniform(random);
  if (first_input != nullptr) {
    const auto* x = reinterpret_cast<const T*>(program.address_of(graph.inputs[0]));
    first_input->assign(x, x + graph.node(graph.inputs[0]).shape.elements().at(count));
  }
  program.run();
  std::vector<T> values;
  for (std::size_t o = 0; o < 5; ++o) {
    const fg::NodeId id = graph.outputs[o];
    const auto* first = reinterpret_cast<const T*>(program.address_of(id));
    const std::int64_t elements = graph.node(id).shape.elements().at(count);
    values.insert(values.end(), first, first + elements);
  }
  return values;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

/// Values of two ops by rows, and their sums by column, by row and of all.
template <class T, fg::DType dtype>
void check_rows_and_columns(std::int64_t rows, std::int64_t inner) {
  fg::Graph graph;
  const fg::Tensor x = graph.input("x", {fg::batch, inner}, dtype);
  const fg::Tensor y = fg::abs(x) * x;
  const fg::Tensor z = y + x;
  graph.outputs = {fg::sum(y, {0}).id, fg::sum(z, {1}).id, y.id, fg::sum(z).id,
                   fg::sum(z, {0}, fg::KeepDims::yes).id};
  BOOST_REQUIRE(fg::form_tasks(graph).list.size() == 1U);
  std::vector<T> input;
  const std::vector<T> actual = run<T>(graph, rows, 1, &input);

  using Exact = long double;
  std::vector<Exact> of_y(static_cast<std::size_t>(inner));
  std::vector<Exact> of_z(static_cast<std::size_t>(inner));
  std::vector<Exact> by_row(static_cast<std::size_t>(rows));
  Exact total = 0;
  for (std::size_t i = 0; i < input.size(); ++i) {
    const std::size_t column = i % of_y.size();
    const auto v = static_cast<Exact>(input[i]);
    const Exact w = std::abs(v) * v + v;
    of_y[column] += std::abs(v) * v;
    of_z[column] += w;
    by_row[i / of_y.size()] += w;
    total += w;
  }
  const double epsilon = std::numeric_limits<T>::epsilon();
  double worst = 0;
  std::size_t at = 0;
  const auto compare = [&](const std::vector<Exact>& expected, std::int64_t summed) {
    const double size = 6 * std::sqrt(static_cast<double>(summed)) + 6;  // of what is added
    for (const Exact e : expected)
      worst = std::max(worst,
                       std::abs(static_cast<double>(static_cast<Exact>(actual[at++]) - e)) / size);
  };
  compare(of_y, rows);
  compare(by_row, inner);
  at += input.size();
  compare({total}, rows * inner);
  compare(of_z, rows);
  BOOST_TEST(worst < 8 * epsilon, rows << " rows of " << inner << ": " << worst / epsilon);
  for (const int threads : {2, 3})
    BOOST_TEST(same_bits(actual, run<T>(graph, rows, threads)),
               rows << " rows of " << inner << ", " << threads << " threads");
}

/// Sums by column, by row and of all, in a loop that the compiler makes.
template <std::int64_t inner>
constexpr auto sums_model = [](fg::Graph& g) {
  auto x = g.input("x", {fg::batch, inner});
  auto w = g.parameter("w", {inner});
  auto y = fg::tanh(x * w);
  auto columns = fg::sum(y * x, {0});
  auto rows = fg::sum(y - x, {1});
  return fg::Model{.loss = fg::mean(fg::square(columns)) + fg::mean(fg::square(rows)) +
                           fg::mean(y * y)};
};

/// The loss and the weights after a step of `rows` samples.
template <class Trainer>
std::vector<float> after_a_step(Trainer&& trainer, std::int64_t rows) {
  trainer.prepare(rows);
  std::mt19937 random(11);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (float& v : trainer.template input<float>("x")) v = uniform(random);
  for (float& v : trainer.template variable<float>("w")) v = uniform(random);
  trainer.step();
  std::vector<float> result{static_cast<float>(trainer.loss())};
  for (const float v : trainer.template variable<float>("w")) result.push_back(v);
  return result;
}

template <std::int64_t inner>
void check_compiled_sums(std::int64_t rows) {
  fg::Graph g;
  const fg::Model m = sums_model<inner>(g);
  const std::vector<float> expected = after_a_step(fg::Trainer{g, m, fg::optim::sgd(0.01)}, rows);
  fg::Trainer<sums_model<inner>> compiled{fg::optim::sgd(0.01)};
  const std::vector<float> actual = after_a_step(compiled, rows);
  for (std::size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(std::abs(actual[i] - expected[i]) <= 2e-5F * (1 + std::abs(expected[i])),
               rows << " rows of " << inner << ", value " << i << ": " << actual[i] << " for "
                    << expected[i]);
  for (const int threads : {2, 3})
    BOOST_TEST(same_bits(actual, after_a_step(fg::Trainer<sums_model<inner>>{fg::optim::sgd(0.01),
                                                                             {.threads = threads}},
                                              rows)));
}

template <fg::DType dtype, class T>
void check_against_all_values_kept(double tolerance) {
  const fg::Graph fused = two_sums<dtype>(false);
  const fg::Graph kept = two_sums<dtype>(true);
  for (const std::int64_t count : {1, 7, 63, 64, 65, 1000, 1025, 70'001, 300'007}) {
    const std::vector<T> expected = run<T>(kept, count, 1);
    const std::vector<T> actual = run<T>(fused, count, 1);
    BOOST_REQUIRE(actual.size() == expected.size());
    double largest = 0;  // relative to the largest of its kind: the loss, or anything else
    double size = 1e-30;
    for (std::size_t i = 1; i < actual.size(); ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(actual[i] - expected[i])));
      size = std::max(size, std::abs(static_cast<double>(expected[i])));
    }
    BOOST_TEST(largest <= tolerance * size, count << " elements: " << largest / size);
    BOOST_TEST(std::abs(actual[0] - expected[0]) <= tolerance * std::abs(expected[0]),
               count << " elements");
    for (const int threads : {2, 3})
      BOOST_TEST(same_bits(actual, run<T>(fused, count, threads)),
                 count << " elements, " << threads << " threads");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(region_sums, *boost::unit_test::label("threads"))

BOOST_AUTO_TEST_CASE(sums_in_a_region_are_those_of_what_it_would_store) {
  check_against_all_values_kept<fg::f32, float>(1e-5);
  check_against_all_values_kept<fg::f64, double>(1e-13);
}

BOOST_AUTO_TEST_CASE(sums_by_row_and_by_column) {
  for (const std::int64_t inner : {2, 3, 6, 10, 16, 31, 32, 100, 256, 300, 784, 1000, 1023})
    for (const std::int64_t rows : {1, 2, 3, 64, 97, 20'000}) {
      if (rows * inner > 600'000) continue;
      check_rows_and_columns<float, fg::f32>(rows, inner);
      check_rows_and_columns<double, fg::f64>(rows, inner);
    }
}

// Where this machine has wider vectors than what the tests are compiled for, only short regions
// run as compiled, unless FOREGRAPH_ISA says otherwise: see tests/CMakeLists.txt.
BOOST_AUTO_TEST_CASE(compiled_regions_form_the_same_sums) {
  for (const std::int64_t rows : {1, 2, 7, 40, 3000}) {
    check_compiled_sums<3>(rows);
    check_compiled_sums<6>(rows);
    check_compiled_sums<32>(rows);
    check_compiled_sums<75>(rows);
  }
}

BOOST_AUTO_TEST_CASE(long_sums_are_as_exact_as_before) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch});
  const fg::Tensor total = fg::sum(x * 0.1);
  g.outputs = {total.id};
  constexpr std::int64_t count = 3'000'001;
  const std::vector<double> ones(static_cast<std::size_t>(count), 1.0);
  const double sum = fg::test::evaluate_outputs(g, {{{fg::batch}, ones, fg::f32}},
                                                fg::Mode::training, count)[0][0];
  BOOST_TEST(std::abs(sum - 0.1F * count) < 2e-6 * sum);
}

BOOST_AUTO_TEST_CASE(a_sum_that_nobody_reads_is_not_formed) {
  fg::Graph g;
  const fg::Tensor x = g.input("x", {fg::batch});
  const fg::Tensor y = x * x;
  g.outputs = {fg::gradient(g, fg::sum(y), {x})[0].id};
  const std::vector<double> slope =
      fg::test::evaluate_outputs(g, {{{fg::batch}, {1, 2, 3}, fg::f32}}, fg::Mode::training, 3)[0];
  BOOST_TEST(slope == (std::vector<double>{2, 4, 6}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_sum_may_lie_where_its_region_reads) {
  // x * x takes over the product's memory, of which every chunk still reads its part.
  fg::Graph g;
  const fg::Tensor a = g.input("a", {fg::batch, 300});
  const fg::Tensor w = g.parameter("w", {300, 300});
  const fg::Tensor product = fg::matmul(a, w);
  const fg::Tensor total = fg::sum(product * product);
  g.outputs = {total.id};
  for (const int threads : {1, 2}) {
    fg::Program program(g.clone(), fg::plan_memory(g, 301));
    const fg::Plan& plan = program.plan();
    const fg::Arena variables(static_cast<std::size_t>(plan.variables_bytes));
    const fg::Arena inputs(static_cast<std::size_t>(plan.inputs_bytes()));
    const fg::Arena transient(static_cast<std::size_t>(plan.transient_bytes));
    program.attach(variables.data(), inputs.data(), transient.data());
    program.use_threads(threads);
    auto* weights = reinterpret_cast<float*>(program.address_of(w.id));
    for (int i = 0; i < 300; ++i) weights[i * 301] = 2;  // twice the unit matrix
    auto* values = reinterpret_cast<float*>(program.address_of(a.id));
    for (int i = 0; i < 301 * 300; ++i) values[i] = static_cast<float>(i % 3);
    program.run();
    BOOST_TEST(*reinterpret_cast<const float*>(program.address_of(total.id)) ==
               4.0F * (1 + 4) * 301 * 100);
  }
}

BOOST_AUTO_TEST_SUITE_END()
