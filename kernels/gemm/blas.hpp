#pragma once

#include <foregraph/detail/base/bytes.hpp>
#include <foregraph/detail/base/system/cpu.hpp>
#include <string>

namespace foregraph {

/// What became of OpenBLAS at the start. Products run on it where our own kernels are slower: see
/// gemm_path().
struct BlasReport {
  std::string core_before;  ///< the kernels OpenBLAS had chosen, named after a CPU ("Prescott")
  std::string core;         ///< the kernels it runs now
  bool suitable = true;     ///< they are made for this CPU, or we cannot tell
  bool repaired = false;    ///< we changed them
  Bytes buffers{};          ///< what starting added to the process' memory, if that is known
  std::string line;         ///< all that in one sentence; if not `suitable`, with the way out
};

/// Makes OpenBLAS ready for products on `threads` threads at a time: kernels made for this CPU, its
/// buffers allocated. The first call does the work (below a millisecond) and prints `line` to
/// stderr if the kernels are wrong and were not changed; later calls return the same report. Safe
/// from any thread, whatever the program's other threads do. FOREGRAPH_ISA does not matter here.
/// Throws BudgetError if there is no address space for OpenBLAS's buffers, where it would hang.
const BlasReport& start_blas(int threads = 1);

/// The same if gemm() may give OpenBLAS a product in this process, see gemm_may_use_openblas().
/// Else OpenBLAS is left as it is.
void start_blas_if_used(int threads = 1);

/// The report, or null if OpenBLAS has not been started.
const BlasReport* started_blas();

/// OpenBLAS runs on the calling thread alone while one of these lives: our products are cut for our
/// own threads. Its number of threads is one for the whole process, and is what it was before as
/// soon as the last of them is gone; a program that asks or uses OpenBLAS on another thread
/// meanwhile finds 1. A number that the program sets meanwhile is kept.
class OneBlasThread {
 public:
  OneBlasThread();
  OneBlasThread(const OneBlasThread&) = delete;
  OneBlasThread& operator=(const OneBlasThread&) = delete;
  ~OneBlasThread();
};

/// What repair_blas_core() asks and does; to be replaced in tests. The two pointers to change the
/// kernels are null where the library does not offer that.
struct BlasProbe {
  Isa isa;  ///< of the CPU
  const char* (*core_name)();
  void (*dynamic_quit)();
  void (*dynamic_init)();
  /// True if no other thread can be in OpenBLAS or read the environment.
  bool (*is_alone)() = [] { return true; };
};
/// Its `is_alone` is true while the process has no threads but the main one and OpenBLAS's own.
BlasProbe system_blas_probe();

/// The first part of start_blas(), on each call: if OpenBLAS runs kernels that are not made for
/// this CPU and the user has not set OPENBLAS_CORETYPE, has it choose again, which sets that
/// variable for a moment. OpenBLAS up to 0.3.21 (Debian 12) does not know newer CPUs and falls back
/// to SSE3 kernels for them without a word. Only where `is_alone`, as other threads would be in the
/// middle of its kernels or of getenv(); FOREGRAPH_OPENBLAS_REPAIR=off, `setting` here, forbids it.
/// Throws UsageError if `setting` is anything else but "on" or nothing.
BlasReport repair_blas_core(const BlasProbe& probe, const char* setting = nullptr);

}  // namespace foregraph
