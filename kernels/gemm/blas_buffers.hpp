#pragma once

#include <span>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/kernels/gemm/matrix_product.hpp>

namespace foregraph {

/// Has whoever gemm() chooses for these products bring in what it packs in, and its code for them,
/// so that this counts before training runs, and not by surprise in it. For OpenBLAS runs the
/// largest of the products, cut to what makes a difference, on zeros: up to some 0.1 s. Products
/// that calls before covered cost nothing. Besides the buffer that takes the memory of the largest
/// result, and gives it back. Our own kernels pack on the stack.
///
/// The buffer of OpenBLAS is bounded whatever the products, since gemm() hands over
/// blas_rows_at_once rows at a time.
void warm_up_blas(std::span<const MatrixProduct> products);

/// What start_blas() and warm_up_blas() have added to the process so far beyond its code, measured
/// (see process_memory()); 0 where that is not known, or before.
[[nodiscard]] Bytes blas_buffer_bytes();

}  // namespace foregraph
