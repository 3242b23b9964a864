#pragma once

#include <cstdint>

namespace foregraph {

/// Replaces the columns of a matrix f64[rows,columns], stored one after the other, by the Q of its
/// QR decomposition whose R has a positive diagonal: orthonormal columns that span the same space.
/// `rows` is at least `columns`, and the columns are linearly independent. By LAPACK's dgeqrf and
/// dorgqr, which OpenBLAS brings along, on one thread; starts OpenBLAS.
///
/// Throws UsageError if a dimension does not fit LAPACK's 32-bit integers.
void orthonormalise_columns(double* matrix, std::int64_t rows, std::int64_t columns);

}  // namespace foregraph
