#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include <foregraph/detail/graph/passes/resolve_mode.hpp>
#include <foregraph/detail/ops/basic/sum.hpp>
#include <foregraph/detail/ops/math/multiply.hpp>

#include "support/function_ref.hpp"

/// Runs ops on real memory, and checks their gradients against differences of their values.
namespace foregraph::test {

/// An operand: its shape may use `batch`; values are converted to its dtype.
struct Input {
  Shape shape;
  std::vector<double> values;
  DType dtype = f64;
};
using Inputs = std::vector<Input>;
/// A lambda with a name is declared `const auto`: this only refers to it.
using Function = FunctionRef<Tensor(Graph&, const std::vector<Tensor>&)>;

/// Values of any dtype, to and from memory.
void store(std::byte* to, DType dtype, const std::vector<double>& values);
std::vector<double> fetch(const std::byte* from, DType dtype, std::int64_t count);

/// The elements of f(inputs), computed by the library.
std::vector<double> evaluate(const Function& f, const Inputs& inputs, std::int64_t batch_size = 3);

/// All outputs of a graph whose inputs are `inputs`, in that order.
std::vector<std::vector<double>> evaluate_outputs(const Graph& g, const Inputs& inputs,
                                                  Mode mode = Mode::training,
                                                  std::int64_t batch_size = 3, int threads = 1);

std::vector<double> random_values(std::size_t count, unsigned seed, double low = -2,
                                  double high = 2);
/// An f64 input of random values.
Input random_input(Shape shape, unsigned seed, double low = -2, double high = 2,
                   std::int64_t batch_size = 3);

/// |expected - actual| <= tolerance * (1 + |expected|).
void check_close(double expected, double actual, double tolerance, const std::string& what);

/// f computed element by element by `reference`, for float and double and for lengths around
/// those of vector registers, tiles and tails. The operands are in [low, high].
void check_elementwise(const Function& f, FunctionRef<double(const std::vector<double>&)> reference,
                       std::size_t arity, double low = -3, double high = 3);

/// Compares with central differences, by the f64 inputs: the Jacobian of f, row by row if it is
/// small; its product with random vectors on both sides; the gradient of a sum of f(x) that is not
/// linear in it, for every element; and, with `second`, the gradient of that gradient.
void check_gradient(const Function& f, const Inputs& inputs, bool second = true,
                    std::int64_t batch_size = 3);

/// The message of the GraphError that `make` throws.
std::string graph_error(FunctionRef<void(Graph&)> make);
void check_contains(const std::string& text, const std::string& part);

/// What all ops of two numbers have to do: gradients of f64[batch,4], with broadcasting, and with
/// one tensor as both operands; refuse shapes that do not broadcast, naming the op `name`, and
/// operands of two dtypes. Operands are in [0.5, 2].
void check_arithmetic(const std::string& name, const Function& f);

}  // namespace foregraph::test
