// The budget a trainer has if none was given.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <foregraph/foregraph.hpp>
#include <foregraph/models.hpp>
#include <fstream>
#include <new>

#include "support/expect.hpp"
#include "support/sanitized.hpp"

using namespace foregraph;
using namespace foregraph::literals;
using foregraph::test::expect;
using foregraph::test::is_sanitized;

namespace {

/// A machine on which so much memory is available.
class Machine {
 public:
  explicit Machine(Bytes available)
      : root_(std::filesystem::temp_directory_path() /
              ("foregraph_budget_" + std::to_string(getpid()))) {
    std::filesystem::create_directories(root_ / "proc");
    set(available);
  }
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;
  ~Machine() { std::filesystem::remove_all(root_); }

  void set(Bytes available) const {
    std::ofstream(root_ / "proc/meminfo") << "MemAvailable: " << available.count / 1024 << " kB\n";
  }
  [[nodiscard]] Budget budget() const { return Budget::machine({.root = root_.string()}); }

 private:
  std::filesystem::path root_;
};

enum Outcome { has_trained = 0, refused = 1, system_refused = 2, other = 3 };

/// Trains in a child process that may take `room` of address space more than it has.
int outcome_in_child(Bytes room, const Budget& budget) {
  const pid_t child = fork();
  if (child == 0) {
    int outcome = other;
    try {
      Trainer<models::w3_wide_data> trainer{optim::adam(), {.memory_budget = budget}};
      trainer.prepare(8);  // OpenBLAS has its buffer before the limit is set
      std::string status;
      std::ifstream("/proc/self/statm") >> status;
      const auto pages = static_cast<rlim_t>(std::stoll(status));
      const rlim_t limit =
          pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + static_cast<rlim_t>(room.count);
      const rlimit both{limit, limit};
      if (setrlimit(RLIMIT_AS, &both) == 0) {
        trainer.prepare(200'000);  // some 130 MB
        outcome = has_trained;
      }
    } catch (const BudgetError& error) {
      const std::string text = error.what();
      outcome = text.find("RLIMIT_AS (ulimit -v)") != std::string::npos ? refused
                : text.find("the system refused to allocate 1") != std::string::npos
                    ? system_refused
                    : other;
    } catch (...) {
    }
    _exit(outcome);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(budget_of_a_trainer)

BOOST_AUTO_TEST_CASE(without_a_budget_it_is_the_machines) {
  const Machine machine(64_MiB);
  Trainer<models::w3_wide_data> trainer{optim::adam(), {.memory_budget = machine.budget()}};
  trainer.prepare(1'000);
  expect<BudgetError>(
      [&] { trainer.prepare(1'000'000); },
      {"batch 1,000,000 needs ", "the memory budget is 48.", "The largest batch that fits is ",
       "No memory_budget was set, so the budget is what this process may still allocate: "
       "MemAvailable of /proc/meminfo 64.0 MiB; 16.0 MiB kept in reserve. Set "
       "TrainerOptions::memory_budget to another value, or to Budget::unlimited()."});
  BOOST_TEST(trainer.plan().batch == 1'000);
  trainer.step();
}

BOOST_AUTO_TEST_CASE(a_model_too_large_for_the_machine_is_refused_when_the_trainer_is_made) {
  const Machine machine(18_MiB);
  expect<BudgetError>(
      [&] {
        Trainer<models::w4_mlp> impossible{optim::adam(), {.memory_budget = machine.budget()}};
      },
      {"No batch fits: parameters", "No memory_budget was set"});
}

BOOST_AUTO_TEST_CASE(what_the_trainer_holds_is_not_counted_twice) {
  const Machine machine(1_GiB);
  Trainer<models::w3_wide_data> trainer{optim::adam(), {.memory_budget = machine.budget()}};
  trainer.prepare(55'000);
  const Bytes held = trainer.allocated();
  BOOST_TEST(held.count > (32_MiB).count);
  machine.set(16_MiB);  // exactly the margin: nothing more may be taken
  trainer.prepare(40'000);
  trainer.prepare(40'000, 1);
  expect<BudgetError>([&] { trainer.prepare(60'000); }, {"No memory_budget was set"});
}

BOOST_AUTO_TEST_CASE(a_budget_given_is_the_only_one) {
  const Machine machine(0_B);
  for (const Budget& budget : {Budget::of(512_MiB), Budget::unlimited()}) {
    Trainer<models::w3_wide_data> trainer{optim::adam(), {.memory_budget = budget}};
    trainer.prepare(64);
    BOOST_TEST(trainer.plan().batch == 64);
  }
  try {
    Trainer<models::w4_mlp> trainer{optim::adam(), {.memory_budget = 1_MiB}};
    BOOST_ERROR("nothing was thrown");
  } catch (const BudgetError& error) {
    BOOST_TEST(std::string(error.what()).find("No memory_budget") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_machine_of_which_nothing_is_known_has_no_budget) {
  Trainer<models::w3_wide_data> trainer{
      optim::adam(), {.memory_budget = Budget::machine({.root = "/no/such/folder"})}};
  trainer.prepare(64);
  BOOST_TEST(trainer.plan().batch == 64);
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_address_space_refuses_instead_of_failing) {
  if (is_sanitized || !std::ifstream("/proc/self/limits")) {
    BOOST_TEST_MESSAGE("skipped: needs /proc and no sanitizer");
    BOOST_TEST(true);
    return;
  }
  BOOST_TEST(outcome_in_child(64_MiB, Budget::machine()) == refused);
  BOOST_TEST(outcome_in_child(1_GiB, Budget::machine()) == has_trained);
  // Without a budget it is found when the memory is asked for.
  BOOST_TEST(outcome_in_child(64_MiB, Budget::unlimited()) == system_refused);
}

BOOST_AUTO_TEST_CASE(a_budget_says_which_limit_it_is) {
  BOOST_TEST(Budget().is_machine());
  BOOST_TEST(!Budget().bytes().has_value());
  BOOST_TEST(TrainerOptions{}.memory_budget.is_machine());
  BOOST_TEST(PredictorOptions{}.memory_budget.is_machine());
  BOOST_TEST(PreflightOptions{}.memory_budget.is_machine());
  const Budget own = Budget::machine({.margin_percent = 10});
  BOOST_TEST(own.is_machine());
  BOOST_TEST(own.machine_options().margin_percent == 10);
  const Budget none = Budget::unlimited();
  BOOST_TEST((none.is_unlimited() && !none.is_machine() && !none.bytes()));
  const Budget some = 64_MiB;
  BOOST_TEST((!some.is_unlimited() && !some.is_machine()));
  BOOST_TEST(some.bytes()->count == std::int64_t{64} << 20);
  BOOST_TEST(Budget::of(1_B).bytes()->count == 1);
}

BOOST_AUTO_TEST_CASE(a_budget_of_no_bytes_is_refused) {
  expect<UsageError>([] { (void)Budget::of(0_B); },
                     {"the memory budget is 0 bytes, expected 1 or more; Budget::unlimited() sets "
                      "no limit, and Budget::machine()"});
  expect<UsageError>([] { (void)TrainerOptions{.memory_budget = Bytes{-5}}; },
                     {"the memory budget is -5 bytes"});
}

BOOST_AUTO_TEST_SUITE_END()
