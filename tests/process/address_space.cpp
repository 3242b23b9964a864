// A process whose address space is limited before OpenBLAS starts: training is refused with a
// message, where OpenBLAS would hang. Exit code 77: skipped.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <string>

namespace fg = foregraph;

int main() {
  std::int64_t pages = 0;
  if (!(std::ifstream("/proc/self/statm") >> pages)) {
    std::printf("skipped: there is no /proc\n");
    return 77;
  }
  constexpr rlim_t room = rlim_t{64} << 20;
  const rlim_t limit =
      static_cast<rlim_t>(pages) * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + room;
  const rlimit both{limit, limit};
  if (setrlimit(RLIMIT_AS, &both) != 0) {
    std::perror("skipped: setrlimit");
    return 77;
  }
  alarm(60);  // ends the process if it hangs
  for (const bool has_budget : {false, true}) {
    try {
      fg::TrainerOptions options;
      if (has_budget) options.memory_budget = fg::no_memory_limit;
      fg::Trainer<fg::models::w1_logistic> trainer{fg::adam(), options};
      trainer.prepare(8);
      std::printf("it trains with 64 MiB of address space\n");
      return 1;
    } catch (const fg::BudgetError& error) {
      std::printf("%s\n", error.what());
      if (std::string(error.what()).find("OpenBLAS reserves 128 MiB of address space") != 0)
        return 1;
    }
  }
  return 0;
}
