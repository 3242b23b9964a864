#include <cmath>
#include <cstddef>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/qr.hpp>
#include <limits>
#include <string>
#include <vector>

extern "C" {
void dgeqrf_(const int* rows, const int* columns, double* a, const int* stride, double* tau,
             double* work, const int* work_size, int* info);
void dorgqr_(const int* rows, const int* columns, const int* reflectors, double* a,
             const int* stride, const double* tau, double* work, const int* work_size, int* info);
}

namespace foregraph {
namespace {

/// Calls a function of LAPACK twice: for the size of its scratch memory, and with that memory.
template <class Call>
void with_workspace(const char* name, const Call& call) {
  double best_size = 0;
  int info = 0;
  call(&best_size, -1, &info);
  std::vector<double> work(static_cast<std::size_t>(best_size) + 1);
  if (info == 0) call(work.data(), static_cast<int>(best_size), &info);
  if (info != 0)
    throw InternalError(std::string("LAPACK's ") + name + " returned " + std::to_string(info));
}

}  // namespace

void orthonormalise_columns(double* matrix, std::int64_t rows, std::int64_t columns) {
  if (rows > std::numeric_limits<int>::max())
    throw UsageError("a matrix of " + std::to_string(rows) + " x " + std::to_string(columns) +
                     " cannot be made orthogonal, expected fewer than 2^31 rows and columns; use "
                     "another initializer");
  const int m = static_cast<int>(rows);
  const int n = static_cast<int>(columns);
  (void)start_blas();
  const OneBlasThread one_thread;
  std::vector<double> tau(static_cast<std::size_t>(columns));
  with_workspace("dgeqrf", [&](double* work, int size, int* info) {
    dgeqrf_(&m, &n, matrix, &m, tau.data(), work, &size, info);
  });
  std::vector<char> is_negative(static_cast<std::size_t>(columns));
  for (std::int64_t j = 0; j < columns; ++j)
    is_negative[static_cast<std::size_t>(j)] = std::signbit(matrix[j * rows + j]) ? 1 : 0;
  with_workspace("dorgqr", [&](double* work, int size, int* info) {
    dorgqr_(&m, &n, &n, matrix, &m, tau.data(), work, &size, info);
  });
  for (std::int64_t j = 0; j < columns; ++j)
    if (is_negative[static_cast<std::size_t>(j)] != 0)
      for (std::int64_t i = 0; i < rows; ++i) matrix[j * rows + i] = -matrix[j * rows + i];
}

}  // namespace foregraph
