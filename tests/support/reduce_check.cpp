#include "support/reduce_check.hpp"

#include <cmath>

namespace foregraph::test {

namespace {

Axes axes_of_mask(int mask, int rank) {
  Axes axes{};
  axes.all = false;
  for (int i = 0; i < rank; ++i)  // half of them from the back
    if (((mask >> i) & 1) != 0)
      axes.list[static_cast<std::size_t>(axes.count++)] = i % 2 == 0 ? i : i - rank;
  return axes;
}

/// Which result each element goes to.
std::vector<std::size_t> targets(const Shape& shape, int mask) {
  std::vector<std::size_t> result(1, 0);
  for (int i = 0; i < shape.rank; ++i) {
    const auto size = static_cast<std::size_t>(shape[i].constant);
    std::vector<std::size_t> next;
    for (const std::size_t target : result)
      for (std::size_t k = 0; k < size; ++k)
        next.push_back(((mask >> i) & 1) != 0 ? target : target * size + k);
    result = next;
  }
  return result;
}

}  // namespace

void check_reduction(const Reduction& f, const ReductionReference& reference,
                     const std::vector<DType>& dtypes, std::size_t operands, double low,
                     double high) {
  const std::vector<Shape> shapes{{2, 3, 4, 5},  {5, 67},   {67, 5},         {2, 70, 37},
                                  {3, 1, 17, 1}, {2100, 3}, {2, 3, 2, 5, 9}, {2500}};
  for (const Shape& shape : shapes)
    for (const DType dtype : dtypes) {
      const auto count = static_cast<std::size_t>(shape.elements().constant);
      Inputs inputs;
      for (std::size_t k = 0; k < operands; ++k) {
        inputs.push_back(
            {shape, random_values(count, static_cast<unsigned>(k) + 1, low, high), dtype});
        for (double& v : inputs[k].values)  // as it is stored
          v = dtype == f32   ? static_cast<double>(static_cast<float>(v))
              : dtype == f64 ? v
                             : std::trunc(v);
      }
      for (int mask = 1; mask < 1 << shape.rank; ++mask) {
        const std::vector<double> result = evaluate(
            [&](Graph&, const auto& x) { return f(x, axes_of_mask(mask, shape.rank)); }, inputs);
        const std::vector<std::size_t> target = targets(shape, mask);
        std::vector<std::vector<Group>> groups(result.size(), std::vector<Group>(operands));
        for (std::size_t e = 0; e < count; ++e)
          for (std::size_t k = 0; k < operands; ++k)
            groups[target[e]][k].push_back(inputs[k].values[e]);
        for (std::size_t r = 0; r < result.size(); ++r)
          check_close(reference(groups[r]), result[r], dtype == f32 ? 2e-5 : 1e-12,
                      std::string(name_of(dtype)) + ", shape " + to_string(shape) + ", mask " +
                          std::to_string(mask) + ", result " + std::to_string(r));
      }
    }
}

void check_reduction_faults(const std::string& name, const Reduction& f, std::size_t operands,
                            bool only_floating) {
  const auto refused = [&](Shape shape, DType dtype, Axes axes, const std::string& what) {
    const std::string message = graph_error([&](Graph& g) {
      (void)f(std::vector<Tensor>(operands, g.input("x", shape, dtype)), axes);
    });
    check_contains(message, "[" + name + "]");
    check_contains(message, what);
  };
  refused({batch, 4}, f32, {2}, "an axis is out of range");
  refused({batch, 4}, f32, {-3}, "an axis is out of range");
  refused({batch, 4}, f32, {1, -1}, "an axis is out of range");
  refused({batch, 4}, boolean, {}, "not defined for this dtype");
  if (only_floating) refused({batch, 4}, i32, {}, "not defined for this dtype");
}

}  // namespace foregraph::test
