#pragma once

#include <foregraph/planner/bytes.hpp>
#include <foregraph/runtime/cpu.hpp>
#include <string>

namespace foregraph {

/// What became of OpenBLAS at the start.
struct BlasReport {
  std::string core_before;  ///< the kernels OpenBLAS had chosen, named after a CPU ("Prescott")
  std::string core;         ///< the kernels it runs now
  bool suitable = true;     ///< they are made for this CPU, or we cannot tell
  bool repaired = false;    ///< we changed them
  int threads = 1;          ///< threads of a product
  Bytes buffers{};          ///< what starting added to the process' memory, if that is known
  std::string line;         ///< all that in one sentence; if not `suitable`, with the way out
};

/// Makes OpenBLAS ready: kernels made for this CPU, one thread, its buffers allocated. The first
/// call does the work (below a millisecond) and prints `line` to stderr if the kernels are wrong
/// and could not be changed; later calls return the same report. Safe from any thread, but must
/// come before the program's own use of OpenBLAS on other threads, and of getenv on them: the
/// repair sets OPENBLAS_CORETYPE for a moment. FOREGRAPH_ISA does not matter here. Throws
/// BudgetError if there is no address space for OpenBLAS's buffers, where it would hang.
const BlasReport& start_blas();

/// Threads of OpenBLAS: 1 after start_blas(), as the runtime runs on one thread. `threads` >= 1.
void set_blas_threads(int threads);
int blas_threads();

/// What repair_blas_core() asks and does; to be replaced in tests. The two pointers to change the
/// kernels are null where the library does not offer that.
struct BlasProbe {
  Isa isa;  ///< of the CPU
  const char* (*core_name)();
  void (*dynamic_quit)();
  void (*dynamic_init)();
};
BlasProbe system_blas_probe();

/// The first part of start_blas(), on each call: if OpenBLAS runs kernels that are not made for
/// this CPU and the user has not set OPENBLAS_CORETYPE, has it choose again. OpenBLAS up to 0.3.21
/// (Debian 12) does not know newer CPUs and falls back to SSE3 kernels for them without a word.
/// `threads` is left alone.
BlasReport repair_blas_core(const BlasProbe& probe);

}  // namespace foregraph
