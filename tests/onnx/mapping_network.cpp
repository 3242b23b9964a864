#include <foregraph/ops/add.hpp>
#include <foregraph/ops/matmul.hpp>
#include <foregraph/ops/multiply.hpp>

#include "onnx/mapping.hpp"

namespace foregraph::onnx_tests {

Mappings network_mappings() {
  return {
      {"MatMul",
       [](Op& o) {
         if (o.rank(0) != 2 || o.rank(1) != 2) skip("operands are not matrices");
         o.give(matmul(o[0], o[1]));
       }},
      {"Gemm",
       [](Op& o) {
         const Tensor product =
             matmul(o[0], o[1], Transposed{o.i("transA") != 0, o.i("transB") != 0});
         const Tensor scaled = multiply(product, o.f("alpha", 1));
         if (!o.has(2)) return o.give(scaled);
         const Tensor bias = multiply(o[2], o.f("beta", 1));
         o.give(add(scaled, bias));
       }},
  };
}

}  // namespace foregraph::onnx_tests
