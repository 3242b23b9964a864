#include "products.hpp"

#include <algorithm>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <memory>

#include "onednn.hpp"

namespace limits {

Products dense(std::int64_t rows, std::int64_t inputs, std::int64_t units, bool is_first) {
  Products all{{false, false, rows, units, inputs}, {true, false, inputs, units, rows}};
  if (!is_first) all.push_back({false, true, rows, inputs, units});
  return all;
}

Products operator+(Products all, const Products& more) {
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Products times(std::int64_t count, Products all) {
  for (Product& p : all) p.count *= count;
  return all;
}

namespace {
struct Operands {
  explicit Operands(const Products& products) {
    std::size_t size = 0;
    for (const Product& p : products)
      for (const std::int64_t elements : {p.m * p.n, p.m * p.k, p.k * p.n})
        size = std::max(size, static_cast<std::size_t>(elements));
    a.assign(size, 0.5F);
    b.assign(size, 0.25F);
    c.assign(size, 0.0F);
  }
  std::vector<float> a, b, c;
};
}  // namespace

std::vector<std::function<void()>> by_each_library(const Products& products, int threads) {
  if (products.empty()) return {};
  foregraph::start_blas();
  const auto operands = std::make_shared<Operands>(products);
  const auto with = [&](auto gemm) {
    return [operands, products, gemm] {
      for (const Product& p : products)
        for (std::int64_t i = 0; i < p.count; ++i)
          gemm(p.transpose_a, p.transpose_b, p.m, p.n, p.k, 1.0F, operands->a.data(),
               operands->b.data(), 0.0F, operands->c.data());
    };
  };
  std::vector<std::function<void()>> all{with(foregraph::gemm<float>),
                                         with(foregraph::blas_gemm<float>)};
  if constexpr (onednn::is_present)
    all.emplace_back([run = with(onednn::gemm), threads] {
      onednn::use_threads(threads);
      run();
    });
  return all;
}

}  // namespace limits
