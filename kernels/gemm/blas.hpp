#pragma once

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/export.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string>

namespace foregraph {

/// The state of OpenBLAS after its start. OpenBLAS runs the products for which our own kernels are
/// slower: see gemm_path().
struct BlasReport {
  std::string core_before;  ///< the kernels OpenBLAS had chosen, named after a CPU ("Prescott")
  std::string core;         ///< the kernels it runs now
  bool suitable = true;     ///< true if the kernels suit this CPU, or if this is unknown
  bool repaired = false;    ///< true if Foregraph changed the kernels
  Bytes buffers{};          ///< memory the start added to the process, if known
  std::string line;         ///< a one-sentence summary; if not `suitable`, with a remedy
};

/// Prepares OpenBLAS for products on `threads` threads at a time: selects kernels for this CPU and
/// allocates its buffers. The first call does the work (less than a millisecond) and prints `line`
/// to stderr if the kernels are wrong and could not be changed; later calls return the same report.
/// Safe to call from any thread at any time. FOREGRAPH_ISA has no effect here. Throws BudgetError
/// if there is no address space for OpenBLAS's buffers, since OpenBLAS would hang.
const BlasReport& start_blas(int threads = 1);

/// Calls start_blas() if gemm() may use OpenBLAS in this process, see gemm_may_use_openblas().
/// Otherwise does nothing.
FOREGRAPH_EXPORT void start_blas_if_used(int threads = 1);

/// Returns the report, or null if OpenBLAS has not been started.
const BlasReport* started_blas();

/// Limits OpenBLAS to the calling thread during its lifetime, since our products are split among
/// our own threads. OpenBLAS's number of threads is a setting of the whole process: it is 1, for
/// other users of OpenBLAS too, until the last of these objects is destroyed, which restores the
/// previous number. A number that the program sets in the meantime is kept.
class OneBlasThread {
 public:
  OneBlasThread();
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;
  ~OneBlasThread();
};

/// The functions repair_blas_core() calls; tests replace them. The two functions that change the
/// kernels are null if the library does not have them.
struct BlasProbe {
  Isa isa;  ///< vector instructions of the CPU
  const char* (*core_name)();
  void (*dynamic_quit)();
  void (*dynamic_init)();
  /// Returns true if no other thread can be in OpenBLAS or read the environment.
  bool (*is_alone)() = [] { return true; };
};
/// Returns the functions for the real OpenBLAS. `is_alone` returns true while the process has no
/// threads besides the main thread and OpenBLAS's threads.
BlasProbe system_blas_probe();

/// Makes OpenBLAS select its kernels again if they do not suit this CPU and the user has not set
/// OPENBLAS_CORETYPE; this sets that variable temporarily. It is the first part of start_blas(),
/// and does its work on each call. OpenBLAS up to 0.3.21 (Debian 12) does not know newer CPUs and
/// silently falls back to SSE3 kernels for them. Repairs only if `is_alone`, as other threads could
/// be in its kernels or in getenv(). `setting` is the value of FOREGRAPH_OPENBLAS_REPAIR; "off"
/// forbids the repair. Throws UsageError if it is neither "on", "off", empty nor null.
BlasReport repair_blas_core(const BlasProbe& probe, const char* setting = nullptr);

}  // namespace foregraph
