#pragma once

#include <span>

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/kernels/gemm/matrix_product.hpp>

namespace foregraph {

/// Loads the packing buffers and the code that gemm() uses for these products, so that this memory
/// is counted before training and does not first appear during it. For OpenBLAS, runs the largest
/// of the products on zeros, reduced to the sizes that matter: takes up to about 0.1 s. Products
/// covered by earlier calls cost nothing. Temporarily allocates the memory of the largest result.
/// Our own kernels pack on the stack.
///
/// The buffer of OpenBLAS is bounded for all products, since gemm() passes at most
/// blas_rows_at_once rows at a time.
void warm_up_blas(std::span<const MatrixProduct> products);

/// Returns the measured memory that start_blas() and warm_up_blas() have added to the process so
/// far, without code (see process_memory()); 0 if unknown.
[[nodiscard]] Bytes blas_buffer_bytes();

}  // namespace foregraph
