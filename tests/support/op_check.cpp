#include "support/op_check.hpp"

#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <utility>

#include <foregraph/detail/autodiff/gradient.hpp>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/arena.hpp>
#include <foregraph/detail/compile/compile.hpp>
#include <foregraph/detail/planner/validate.hpp>
#include <foregraph/detail/runtime/program.hpp>

namespace foregraph::test {

void store(std::byte* to, DType dtype, const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    switch (dtype) {
      case DType::f32:
        reinterpret_cast<float*>(to)[i] = static_cast<float>(values[i]);
        break;
      case DType::f64:
        reinterpret_cast<double*>(to)[i] = values[i];
        break;
      case DType::i32:
        reinterpret_cast<std::int32_t*>(to)[i] = static_cast<std::int32_t>(values[i]);
        break;
      case DType::i64:
        reinterpret_cast<std::int64_t*>(to)[i] = static_cast<std::int64_t>(values[i]);
        break;
      case DType::boolean:
        reinterpret_cast<unsigned char*>(to)[i] = values[i] != 0 ? 1 : 0;
        break;
    }
  }
}

std::vector<double> fetch(const std::byte* from, DType dtype, std::int64_t count) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    switch (dtype) {
      case DType::f32:
        values.push_back(reinterpret_cast<const float*>(from)[i]);
        break;
      case DType::f64:
        values.push_back(reinterpret_cast<const double*>(from)[i]);
        break;
      case DType::i32:
        values.push_back(reinterpret_cast<const std::int32_t*>(from)[i]);
        break;
      case DType::i64:
        values.push_back(static_cast<double>(reinterpret_cast<const std::int64_t*>(from)[i]));
        break;
      case DType::boolean:
        values.push_back(reinterpret_cast<const unsigned char*>(from)[i]);
        break;
    }
  }
  return values;
}

/// A graph with its inputs filled; `outputs` are computed by run(). Transient memory starts as NaN,
/// so a value that is read before it is written spoils the result.
class Bench {
 public:
  Bench(const Graph& g, const Inputs& inputs, std::int64_t batch_size, Mode mode = Mode::training,
        int threads = 1)
      : batch_(batch_size), program_(planned(g, batch_size, mode)) {
    const Plan& plan = program_->plan();
    BOOST_REQUIRE(validate(program_->graph(), plan).ok());
    variables_ = Arena(static_cast<std::size_t>(plan.variables_bytes));
    slots_ = Arena(static_cast<std::size_t>(plan.inputs_bytes()));
    transient_ = Arena(static_cast<std::size_t>(plan.transient_bytes));
    program_->attach(variables_.data(), slots_.data(), transient_.data());
    program_->use_threads(threads);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const NodeId id = program_->graph().inputs[i];
      BOOST_REQUIRE_EQUAL(static_cast<std::int64_t>(inputs[i].values.size()),
                          inputs[i].shape.elements().at(batch_size));
      store(program_->address_of(id), inputs[i].dtype, inputs[i].values);
    }
  }
  /// Other values for input `i`.
  void set(std::size_t i, const std::vector<double>& values) {
    const NodeId id = program_->graph().inputs[i];
    store(program_->address_of(id), program_->graph().node(id).dtype, values);
  }
  std::vector<std::vector<double>> run() {
    std::memset(transient_.data(), 0xff, transient_.size_bytes());
    program_->run();
    std::vector<std::vector<double>> results;
    for (const NodeId id : program_->graph().outputs) {
      const Node& node = program_->graph().node(id);
      results.push_back(
          fetch(program_->address_of(id), node.dtype, node.shape.elements().at(batch_)));
    }
    return results;
  }

 private:
  static std::unique_ptr<Program> planned(const Graph& g, std::int64_t batch_size, Mode mode) {
    Graph optimized = optimize(passes::resolve_mode(g, mode));
    Plan plan = plan_memory(optimized, batch_size);
    return std::make_unique<Program>(std::move(optimized), std::move(plan));
  }
  std::int64_t batch_;
  std::unique_ptr<Program> program_;
  Arena variables_, slots_, transient_;
};

std::vector<Tensor> declare(Graph& g, const Inputs& inputs) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    tensors.push_back(
        g.input(std::string("x").append(std::to_string(i)), inputs[i].shape, inputs[i].dtype));
  return tensors;
}

std::vector<double> evaluate(const Function& f, const Inputs& inputs, std::int64_t batch_size) {
  Graph g;
  const Tensor result = f(g, declare(g, inputs));
  g.outputs.push_back(result.id);
  return Bench(g, inputs, batch_size).run()[0];
}

std::vector<std::vector<double>> evaluate_outputs(const Graph& g, const Inputs& inputs, Mode mode,
                                                  std::int64_t batch_size, int threads) {
  return Bench(g, inputs, batch_size, mode, threads).run();
}

std::vector<double> random_values(std::size_t count, unsigned seed, double low, double high) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> distribution(low, high);
  std::vector<double> values(count);
  for (double& v : values) v = distribution(generator);
  return values;
}

void check_close(double expected, double actual, double tolerance, const std::string& what) {
  const bool close = std::abs(expected - actual) <= tolerance * (1 + std::abs(expected));
  BOOST_CHECK_MESSAGE(close, what << ": expected " << expected << ", got " << actual);
}

void check_elementwise(const Function& f, FunctionRef<double(const std::vector<double>&)> reference,
                       std::size_t arity, double low, double high) {
  for (const DType dtype : {f32, f64}) {
    for (const std::int64_t length : {1, 2, 7, 16, 17, 33, 255, 257, 1023, 2049}) {
      Inputs inputs;
      for (std::size_t i = 0; i < arity; ++i)
        inputs.push_back({{length},
                          random_values(static_cast<std::size_t>(length),
                                        static_cast<unsigned>(17 * i) + 1, low, high),
                          dtype});
      const std::vector<double> result = evaluate(f, inputs);
      for (std::size_t k = 0; k < result.size(); ++k) {
        std::vector<double> at;
        for (const Input& input : inputs)
          at.push_back(dtype == f32 ? static_cast<double>(static_cast<float>(input.values[k]))
                                    : input.values[k]);
        check_close(reference(at), result[k], dtype == f32 ? 2e-6 : 1e-13,
                    std::string(name_of(dtype)) + ", length " + std::to_string(length) +
                        ", element " + std::to_string(k));
      }
    }
  }
}

namespace {

/// The Jacobian of f as vjp() gives it, row by row, and a product of it with random vectors on both
/// sides, against differences.
void check_jacobian(const Function& f, const Inputs& inputs, std::int64_t batch_size) {
  Graph value_graph;
  const Tensor y = f(value_graph, declare(value_graph, inputs));
  if (y.dtype() != f64) return;
  value_graph.outputs.push_back(y.id);
  const Shape shape = y.shape();
  Bench value(value_graph, inputs, batch_size);

  Graph g;
  std::vector<Tensor> floating;
  std::vector<std::size_t> which;
  const std::vector<Tensor> x = declare(g, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].dtype == f64) {
      floating.push_back(x[i]);
      which.push_back(i);
    }
  const Tensor result = f(g, x);
  const Tensor u = g.input("u", shape, f64);
  for (const Tensor& t : vjp(g, result, u, floating)) g.outputs.push_back(t.id);
  const auto rows = static_cast<std::size_t>(shape.elements().at(batch_size));
  Inputs all = inputs;
  all.push_back({shape, std::vector<double>(rows, 0), f64});
  Bench product(g, all, batch_size);

  constexpr double h = 1e-5;
  // The change of f for a change of all inputs along `direction`.
  const auto difference = [&](const std::vector<std::vector<double>>& direction) {
    std::vector<std::vector<double>> sides;
    for (const double sign : {1.0, -1.0}) {
      for (std::size_t k = 0; k < which.size(); ++k) {
        std::vector<double> moved = inputs[which[k]].values;
        for (std::size_t e = 0; e < moved.size(); ++e) moved[e] += sign * h * direction[k][e];
        value.set(which[k], moved);
      }
      sides.push_back(value.run()[0]);
    }
    for (std::size_t i = 0; i < rows; ++i) sides[0][i] = (sides[0][i] - sides[1][i]) / (2 * h);
    return sides[0];
  };
  std::vector<std::vector<double>> direction;
  for (std::size_t k = 0; k < which.size(); ++k)
    direction.emplace_back(inputs[which[k]].values.size(), 0.0);

  constexpr std::size_t most_rows = 48;  // "a small full Jacobian"
  if (rows <= most_rows) {
    std::vector<std::vector<std::vector<double>>> jacobian;  // by row, operand, element
    for (std::size_t i = 0; i < rows; ++i) {
      std::vector<double> one(rows, 0);
      one[i] = 1;
      product.set(inputs.size(), one);
      jacobian.push_back(product.run());
    }
    for (std::size_t k = 0; k < which.size(); ++k)
      for (std::size_t e = 0; e < direction[k].size(); ++e) {
        direction[k][e] = 1;
        const std::vector<double> column = difference(direction);
        direction[k][e] = 0;
        for (std::size_t i = 0; i < rows; ++i)
          check_close(column[i], jacobian[i][k][e], 1e-7,
                      "Jacobian, row " + std::to_string(i) + ", input " + std::to_string(which[k]) +
                          ", element " + std::to_string(e));
      }
  }
  double scale = 0;
  for (std::size_t k = 0; k < which.size(); ++k) {
    direction[k] = random_values(direction[k].size(), static_cast<unsigned>(k) + 101, -1, 1);
    scale += static_cast<double>(direction[k].size());
  }
  const std::vector<double> weights = random_values(rows, 211, -1, 1);
  const std::vector<double> along = difference(direction);
  product.set(inputs.size(), weights);
  const std::vector<std::vector<double>> pulled = product.run();
  double expected = 0;
  double actual = 0;
  for (std::size_t i = 0; i < rows; ++i) expected += weights[i] * along[i];
  for (std::size_t k = 0; k < which.size(); ++k)
    for (std::size_t e = 0; e < pulled[k].size(); ++e) actual += pulled[k][e] * direction[k][e];
  check_close(expected, actual, 1e-7 * (1 + scale), "derivative in a random direction");
}

}  // namespace

void check_gradient(const Function& f, const Inputs& inputs, bool second, std::int64_t batch_size) {
  check_jacobian(f, inputs, batch_size);
  // Not just the sum: a cotangent that is the same everywhere would hide mistakes.
  const auto first = [&](Graph& g, const std::vector<Tensor>& x) {
    const Tensor y = f(g, x);
    return sum(y * (y * 0.3 + 0.8));
  };
  const auto check = [&](const Function& loss_function, const std::string& order) {
    Graph g;
    const std::vector<Tensor> x = declare(g, inputs);
    const Tensor loss = loss_function(g, x);
    std::vector<Tensor> floating;
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (inputs[i].dtype == f64) {
        floating.push_back(x[i]);
        which.push_back(i);
      }
    for (const Tensor& t : gradient(g, loss, floating)) g.outputs.push_back(t.id);
    const std::vector<std::vector<double>> analytic = Bench(g, inputs, batch_size).run();
    Graph forward;
    forward.outputs.push_back(loss_function(forward, declare(forward, inputs)).id);
    Bench losses(forward, inputs, batch_size);
    constexpr double h = 1e-5;
    for (std::size_t k = 0; k < which.size(); ++k) {
      std::vector<double> moved = inputs[which[k]].values;
      const auto loss_at = [&](std::size_t element, double value) {
        const double before = std::exchange(moved[element], value);
        losses.set(which[k], moved);
        moved[element] = before;
        return losses.run()[0][0];
      };
      for (std::size_t e = 0; e < moved.size(); ++e) {
        const double above = loss_at(e, moved[e] + h);
        const double below = loss_at(e, moved[e] - h);
        check_close((above - below) / (2 * h), analytic[k][e], 1e-7,
                    order + " derivative by input " + std::to_string(which[k]) + ", element " +
                        std::to_string(e));
      }
      losses.set(which[k], moved);
    }
  };
  check(first, "first");
  if (!second) return;
  const auto gradients = [&](Graph& g, const std::vector<Tensor>& x) {
    const Tensor loss = first(g, x);
    std::vector<Tensor> floating;
    for (const Tensor& t : x)
      if (t.dtype() == f64) floating.push_back(t);
    Tensor total = g.constant(0, f64);
    for (const Tensor& t : gradient(g, loss, floating)) total = total + sum(t * (t * 0.2 + 0.5));
    return total;
  };
  check(gradients, "second");
}

Input random_input(Shape shape, unsigned seed, double low, double high, std::int64_t batch_size) {
  const auto count = static_cast<std::size_t>(shape.elements().at(batch_size));
  return {shape, random_values(count, seed, low, high), f64};
}

std::string graph_error(FunctionRef<void(Graph&)> make) {
  Graph g;
  try {
    make(g);
  } catch (const GraphError& error) {
    return error.what();
  }
  BOOST_ERROR("no GraphError was thrown");
  return {};
}
void check_contains(const std::string& text, const std::string& part) {
  BOOST_CHECK_MESSAGE(text.find(part) != std::string::npos,
                      "'" << text << "' does not contain '" << part << "'");
}

void check_arithmetic(const std::string& name, const Function& f) {
  const auto input = [](Shape shape, unsigned seed) { return random_input(shape, seed, 0.5, 2); };
  check_gradient(f, {input({batch, 4}, 1), input({batch, 4}, 2)});
  check_gradient(f, {input({batch, 4}, 3), input({4}, 4)});
  check_gradient(f, {input({batch, 1}, 5), input({batch, 4}, 6)});
  check_gradient(f, {input({}, 7), input({2, batch, 2}, 8)});
  check_gradient(
      [&f](Graph& g, const std::vector<Tensor>& x) {
        return f(g, {x[0], x[0]});
      },
      {input({batch, 3}, 9)});

  const std::string shapes = graph_error([&f](Graph& g) {
    (void)f(g, {g.input("a", {batch, 3}), g.input("b", {batch, 4})});
  });
  check_contains(shapes, name);
  check_contains(shapes, "f32[batch,3]");
  check_contains(shapes, "f32[batch,4]");
  const std::string dtypes = graph_error([&f](Graph& g) {
    (void)f(g, {g.input("a", {3}, f32), g.input("b", {3}, f64)});
  });
  check_contains(dtypes, "dtypes differ");
}

}  // namespace foregraph::test
