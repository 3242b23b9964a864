#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/system/process_memory.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <foregraph/detail/kernels/gemm/gemm.hpp>
#include <iterator>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

// OpenBLAS's own interface beyond cblas, stable since 0.3.0.
extern "C" {
char* openblas_get_corename(void);
void openblas_set_num_threads(int threads);
int openblas_get_num_threads(void);
}

// Exported by Debian's library, but not part of a public interface: null if missing.
extern "C" {
extern volatile int blas_server_avail __attribute__((weak));  // its threads run
extern volatile int blas_num_threads __attribute__((weak));   // includes the caller
}

namespace foregraph {
namespace {

constexpr const char* kVariable = "OPENBLAS_CORETYPE";

/// Returns the level of the kernels OpenBLAS calls `core`, or nothing if the name is unknown. Cores
/// between SSE2 and AVX2 count as baseline: no CPU with AVX2 should run them.
std::optional<Isa> level_of(std::string_view core) {
  for (const char* name : {"SkylakeX", "Cooperlake", "Sapphirerapids", "SapphireRapids"}) {
    if (core == name) return Isa::avx512;
  }
  for (const char* name : {"Haswell", "Zen", "Excavator"}) {
    if (core == name) return Isa::avx2;
  }
  for (const char* name :
       {"Katmai",      "Coppermine", "Northwood",    "Prescott",   "Banias",
        "Atom",        "Core2",      "Penryn",       "Dunnington", "Nehalem",
        "Athlon",      "Opteron",    "Opteron_SSE3", "Barcelona",  "Nano",
        "Sandybridge", "Bobcat",     "Bulldozer",    "Piledriver", "Steamroller"}) {
    if (core == name) return Isa::baseline;
  }
  return std::nullopt;
}

/// Returns true if the kernels suit the CPU. AVX2 kernels on a CPU with AVX-512 do: on Zen 4 they
/// are even slightly faster.
bool suits(std::string_view core, Isa cpu) {
  const std::optional<Isa> level = level_of(core);
  if (!level) return true;
  return *level <= cpu && (cpu == Isa::baseline || *level >= Isa::avx2);
}

/// Returns the kernels to request, best first; a library may be built without some of them.
std::vector<const char*> candidates(Isa cpu) {
  if (cpu == Isa::avx512) return {"SkylakeX", "Haswell", "Zen"};
  if (cpu == Isa::avx2) return {"Haswell", "Zen"};
  return {"Prescott"};
}

/// Upper limit of the memory OpenBLAS maps in one piece, for each thread that computes a product.
constexpr Bytes packing_buffers{std::int64_t{128} << 20};

bool has_address_space(Bytes bytes) {
  const auto size = static_cast<std::size_t>(bytes.count);
  void* const memory =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return false;
  munmap(memory, size);
  return true;
}

/// Abandons OpenBLAS's threads if the process has no address space left for a buffer. They start
/// with the program and map their buffers first; if that fails they retry for ever, and exit() and
/// fork() would wait for them for ever.
void leave_stuck_threads() {
  if (&blas_server_avail == nullptr || blas_server_avail == 0) return;
  if (!has_address_space(packing_buffers)) blas_server_avail = 0;
}

/// Registers the handlers when the program is loaded. Handlers run in reverse order of
/// registration, so these run before OpenBLAS's handlers.
[[maybe_unused]] const bool leaves_stuck_threads =
    std::atexit(&leave_stuck_threads) == 0 &&
    pthread_atfork(&leave_stuck_threads, nullptr, nullptr) == 0;

/// Returns the number of threads of this process that are not OpenBLAS's; 0 if unknown.
int threads_of_the_program() {
  std::error_code failed;
  int count = 0;
  std::filesystem::directory_iterator task("/proc/self/task", failed);
  for (; !failed && task != std::filesystem::directory_iterator(); task.increment(failed)) ++count;
  if (failed) return 0;
  const bool has_pool = &blas_server_avail != nullptr && &blas_num_threads != nullptr;
  return has_pool && blas_server_avail != 0 ? count - (blas_num_threads - 1) : count;
}

/// Returns "OpenBLAS runs its X kernels, ..., so ...; ", without the remedy.
std::string complaint(const std::string& core, Isa cpu) {
  const Isa level = level_of(core).value_or(Isa::baseline);
  const std::string start = "OpenBLAS runs its " + core + " kernels, ";
  if (level > cpu) {
    return start + "which need " + name_of(level) + ", but this CPU has only " + name_of(cpu) +
           ", so large matrix products may crash with an illegal instruction; ";
  }
  return start + "but this CPU has " + name_of(cpu) +
         ", so large matrix products take two to six times as long as they should; ";
}

/// Throws BudgetError unless the process has address space for the packing buffers of `threads`
/// more threads. OpenBLAS maps them in one piece, up to `packing_buffers` for each thread in a
/// product, and retries for ever if that fails (blas_memory_alloc in 0.3.21).
void check_address_space(int threads) {
  const Bytes needed{packing_buffers.count * threads};
  if (has_address_space(needed)) return;
  throw BudgetError(
      "OpenBLAS reserves " + to_string(needed) +
      " of address space for its packing buffers, though it uses little of it, and the system "
      "refused; raise the limit that applies, probably RLIMIT_AS or RLIMIT_DATA (ulimit -v, ulimit "
      "-d), by that amount, and run `export OPENBLAS_NUM_THREADS=1` before the program, since "
      "every OpenBLAS thread reserves the same amount" +
      (threads > 1 ? "; or use fewer threads" : ""));
}

std::mutex blas_guard;
int blas_users = 0;                        // guarded: number of OneBlasThread objects
std::optional<int> threads_before;         // guarded: the value the last of them restores
std::atomic<int> threads_with_buffers{0};  // threads for which address space was found
std::atomic<const BlasReport*> the_report{nullptr};

}  // namespace

BlasProbe system_blas_probe() {
  // The two gotoblas functions are exported by Debian's library but not part of a public interface.
  // Look them up at run time, so that programs link and run without them.
  using Action = void (*)();
  return {detected_isa(), [] { return static_cast<const char*>(openblas_get_corename()); },
          reinterpret_cast<Action>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit")),
          reinterpret_cast<Action>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init")),
          [] { return threads_of_the_program() == 1; }};
}

BlasReport repair_blas_core(const BlasProbe& probe, const char* setting) {
  const std::string_view wish = setting == nullptr ? "" : setting;
  if (!wish.empty() && wish != "on" && wish != "off")
    throw UsageError("FOREGRAPH_OPENBLAS_REPAIR is '" + std::string(wish) +
                     "', expected 'on' or 'off' (whether OpenBLAS may be switched to other "
                     "kernels); unset means 'on'");
  BlasReport report;
  report.core_before = report.core = probe.core_name();
  report.suitable = suits(report.core, probe.isa);
  if (report.suitable) {
    report.line = "OpenBLAS runs its " + report.core + " kernels";
    if (level_of(report.core)) report.line += ", made for CPUs like this one";
    return report;
  }
  const std::string best = candidates(probe.isa).front();
  const char* set_by_user = std::getenv(kVariable);
  if (set_by_user && *set_by_user) {
    report.line = complaint(report.core, probe.isa) + kVariable + " is set to '" + set_by_user +
                  "': run `unset " + kVariable + "` or `export " + kVariable + "=" + best +
                  "` before the program";
    return report;
  }
  if (wish != "off" && probe.dynamic_quit && probe.dynamic_init && probe.is_alone()) {
    const auto choose_again = [&] {
      probe.dynamic_quit();
      probe.dynamic_init();
      report.core = probe.core_name();
    };
    for (const char* candidate : candidates(probe.isa)) {
      setenv(kVariable, candidate, 1);
      choose_again();
      // An unknown core is accepted at the start, but not in response to this request.
      report.repaired = level_of(report.core) && suits(report.core, probe.isa);
      if (report.repaired) break;
    }
    unsetenv(kVariable);  // child processes make their own choice
    if (!report.repaired) choose_again();
    report.suitable = report.repaired;
  }
  if (report.repaired) {
    report.line = "OpenBLAS had chosen its " + report.core_before +
                  " kernels, which are wrong for this CPU (" + name_of(probe.isa) +
                  "); Foregraph switched it to its " + report.core + " kernels";
  } else {
    report.line = complaint(report.core, probe.isa) + "run `export " + kVariable + "=" + best +
                  "` before the program, or install a newer OpenBLAS";
  }
  return report;
}

const BlasReport& start_blas(int threads) {
  if (threads_with_buffers.load(std::memory_order_acquire) >= threads) return *the_report.load();
  static const BlasReport report = [] {
    check_address_space(1);
    const auto before = process_memory();
    BlasReport start =
        repair_blas_core(system_blas_probe(), std::getenv("FOREGRAPH_OPENBLAS_REPAIR"));
    start.line += " (1 thread)";
    if (!start.suitable) std::fprintf(stderr, "foregraph: %s\n", start.line.c_str());
    // OpenBLAS maps its packing buffer in the first product that is too large for its kernels for
    // small matrices (up to 10^6 multiplications). Do this here, not in the first training step.
    constexpr int size = 104;
    const std::vector<float> operand(size * size, 1.0F);
    std::vector<float> product(size * size);
    blas_gemm<float>(false, false, size, size, size, 1.0F, operand.data(), operand.data(), 0.0F,
                     product.data());
    const auto after = process_memory();
    if (before && after) start.buffers = std::max(Bytes{0}, after->anonymous - before->anonymous);
    return start;
  }();
  the_report.store(&report);
  const std::lock_guard lock(blas_guard);
  const int ready = std::max(threads_with_buffers.load(), 1);
  if (threads > ready) check_address_space(threads - ready);
  threads_with_buffers.store(std::max(threads, ready), std::memory_order_release);
  return report;
}

void start_blas_if_used(int threads) {
  if (gemm_may_use_openblas()) (void)start_blas(threads);
}

const BlasReport* started_blas() {
  return the_report.load(std::memory_order_acquire);
}

OneBlasThread::OneBlasThread() {
  static const int registered =
      pthread_atfork([] { blas_guard.lock(); }, [] { blas_guard.unlock(); },
                     [] {
                       // Threads that were in a product do not exist in the child.
                       blas_users = 0;
                       blas_guard.unlock();
                     });
  (void)registered;
  const std::lock_guard lock(blas_guard);
  if (blas_users++ > 0) return;
  if (!threads_before) threads_before = openblas_get_num_threads();
  if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
}

OneBlasThread::~OneBlasThread() {
  const std::lock_guard lock(blas_guard);
  if (blas_users == 0 || --blas_users > 0) return;
  if (*threads_before != 1 && openblas_get_num_threads() == 1)
    openblas_set_num_threads(*threads_before);
  threads_before.reset();
}

}  // namespace foregraph
