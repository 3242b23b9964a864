// The memory OpenBLAS packs a product into depends on its sizes: of op(B) it packs blocks of a size
// fixed by the kernel; of op(A) all rows of the call, by the depth of such a block. The block sizes
// differ between kernels and cannot be queried, so a product is run to find out. At the limits
// below all kernels of OpenBLAS have full blocks, so larger products pack no more.
#include <sys/mman.h>

#include <algorithm>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/blas_buffers.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <mutex>
#include <vector>

namespace foregraph {
namespace {

constexpr std::int64_t most_rows = blas_rows_at_once;
constexpr std::int64_t most_columns = 1536;
constexpr std::int64_t most_depth = 1024;

/// Mapped memory that is returned to the system on destruction. Reading it before the first write
/// costs no memory, as all its pages are then the system's page of zeros.
class Pages {
 public:
  explicit Pages(std::int64_t size_bytes)
      : size_bytes_(static_cast<std::size_t>(size_bytes)),
        memory_(mmap(nullptr, size_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                     0)) {}
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  ~Pages() {
    if (*this) munmap(memory_, size_bytes_);
  }
  explicit operator bool() const { return memory_ != MAP_FAILED; }
  template <class T>
  [[nodiscard]] T* as() const {
    return static_cast<T*>(memory_);
  }

 private:
  std::size_t size_bytes_;
  void* memory_;
};

template <class T>
void run(const MatrixProduct& p) {
  const Pages operand(std::max(p.m, p.n) * p.k * static_cast<std::int64_t>(sizeof(T)));
  const Pages result(p.m * p.n * static_cast<std::int64_t>(sizeof(T)));
  if (!operand || !result) return;  // too little address space for a warm-up
  blas_gemm<T>(false, false, p.m, p.n, p.k, T(1), operand.as<T>(), operand.as<T>(), T(0),
               result.as<T>());
}

GemmPath path_of(const MatrixProduct& p) {
  return p.dtype == f64
             ? gemm_path<double>(active_gemm_choice(), active_isa(), false, false, p.m, p.n, p.k)
             : gemm_path<float>(active_gemm_choice(), active_isa(), false, false, p.m, p.n, p.k);
}

/// Runs our own kernels, whose code and stack count too.
template <class T>
void run_own(GemmPath largest) {
  constexpr std::int64_t size = 20;
  const T operand[size * size] = {};
  T result[size * size];
  for (const GemmPath path : {GemmPath::small, GemmPath::tile, GemmPath::blocked}) {
    if (path > largest) break;
    for (const bool ta : {false, true})
      for (const bool tb : {false, true})
        own_gemm<T>(active_isa(), path, ta, tb, size, size, size, T(1), operand, operand, T(0),
                    result);
  }
}

bool covers(const MatrixProduct& large, const MatrixProduct& small) {
  return large.dtype == small.dtype && large.m >= small.m && large.n >= small.n &&
         large.k >= small.k;
}

/// Returns the products on OpenBLAS that no other product covers.
std::vector<MatrixProduct> largest_of(std::span<const MatrixProduct> products) {
  std::vector<MatrixProduct> largest;
  for (MatrixProduct p : products) {
    if (path_of(p) != GemmPath::openblas) continue;
    p = {p.dtype, std::min(p.m, most_rows), std::min(p.n, most_columns), std::min(p.k, most_depth)};
    if (std::any_of(largest.begin(), largest.end(),
                    [&](const MatrixProduct& other) { return covers(other, p); }))
      continue;
    std::erase_if(largest, [&](const MatrixProduct& other) { return covers(p, other); });
    largest.push_back(p);
  }
  return largest;
}

std::mutex guard;
std::vector<MatrixProduct> warmed_up;  // guarded
Bytes grown{};                         // guarded

}  // namespace

void warm_up_blas(std::span<const MatrixProduct> products) {
  for (const DType dtype : {f32, f64}) {
    bool is_used = false;
    GemmPath largest = GemmPath::small;
    for (const MatrixProduct& p : products) {
      if (p.dtype != dtype || path_of(p) == GemmPath::openblas) continue;
      is_used = true;
      if (path_of(p) != GemmPath::small) largest = GemmPath::blocked;  // in case it is transposed
    }
    if (is_used) dtype == f64 ? run_own<double>(largest) : run_own<float>(largest);
  }
  const std::lock_guard lock(guard);
  std::vector<MatrixProduct> todo = largest_of(products);
  std::erase_if(todo, [](const MatrixProduct& p) {
    return std::any_of(warmed_up.begin(), warmed_up.end(),
                       [&](const MatrixProduct& done) { return covers(done, p); });
  });
  if (todo.empty()) return;
  start_blas();
  const auto before = process_memory();
  for (const MatrixProduct& p : todo) p.dtype == f64 ? run<double>(p) : run<float>(p);
  const auto after = process_memory();
  warmed_up.insert(warmed_up.end(), todo.begin(), todo.end());
  if (before && after) grown = grown + std::max(Bytes{0}, after->anonymous - before->anonymous);
}

Bytes blas_buffer_bytes() {
  const std::lock_guard lock(guard);
  const BlasReport* const started = started_blas();
  return (started == nullptr ? Bytes{} : started->buffers) + grown;
}

}  // namespace foregraph
