#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/kernels/gemm/blas.hpp>
#include <string>
#include <thread>

#include "support/expect.hpp"
#include "support/op_check.hpp"

using namespace foregraph;
using namespace foregraph::test;

namespace {

/// A library with the kernels of one core, which may listen to OPENBLAS_CORETYPE when it starts.
struct FakeBlas {
  static inline std::string core;
  static inline std::string fallback;
  static inline bool listens = true;
  static inline int starts = 0;

  static const char* name() { return core.c_str(); }
  static void quit() {}
  static void init() {
    ++starts;
    const char* request = std::getenv("OPENBLAS_CORETYPE");
    core = request && listens ? request : fallback;
  }
  static BlasProbe probe(Isa isa, const char* running, bool listens_to_variable = true) {
    core = fallback = running;
    listens = listens_to_variable;
    starts = 0;
    return {isa, &name, &quit, &init};
  }
};

}  // namespace

/// Keeps the variable as it was. In a namespace with a name, as the cases derive from it: g++ warns
/// of that where several files are compiled together.
namespace blas_tests {
struct EnvironmentVariable {
  EnvironmentVariable() {
    if (const char* value = std::getenv("OPENBLAS_CORETYPE")) before = value;
    unsetenv("OPENBLAS_CORETYPE");
  }
  ~EnvironmentVariable() {
    if (!before.empty()) setenv("OPENBLAS_CORETYPE", before.c_str(), 1);
  }
  std::string before;
};
}  // namespace blas_tests

BOOST_FIXTURE_TEST_SUITE(blas, blas_tests::EnvironmentVariable)

BOOST_AUTO_TEST_CASE(suitable_kernels_are_left_alone) {
  const BlasReport report = repair_blas_core(FakeBlas::probe(Isa::avx512, "SkylakeX"));
  BOOST_TEST(report.suitable);
  BOOST_TEST(!report.repaired);
  BOOST_TEST(FakeBlas::starts == 0);
  BOOST_TEST(repair_blas_core(FakeBlas::probe(Isa::avx512, "Haswell")).suitable);
  BOOST_TEST(repair_blas_core(FakeBlas::probe(Isa::avx2, "SomethingNew")).suitable);
  BOOST_TEST(repair_blas_core(FakeBlas::probe(Isa::baseline, "Prescott")).suitable);
}

BOOST_AUTO_TEST_CASE(slow_kernels_are_replaced) {
  const BlasReport report = repair_blas_core(FakeBlas::probe(Isa::avx2, "Prescott"));
  BOOST_TEST(report.suitable);
  BOOST_TEST(report.repaired);
  BOOST_TEST(report.core_before == "Prescott");
  BOOST_TEST(report.core == "Haswell");
  check_contains(report.line, "had chosen its Prescott kernels");
  BOOST_TEST(std::getenv("OPENBLAS_CORETYPE") == nullptr);  // children choose for themselves
}

BOOST_AUTO_TEST_CASE(kernels_the_cpu_cannot_run_are_replaced) {
  const BlasReport report = repair_blas_core(FakeBlas::probe(Isa::avx2, "SkylakeX"));
  BOOST_TEST(report.repaired);
  BOOST_TEST(report.core == "Haswell");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_changed_is_said_in_one_line) {
  const BlasReport deaf = repair_blas_core(FakeBlas::probe(Isa::avx512, "Prescott", false));
  BOOST_TEST(!deaf.suitable);
  check_contains(deaf.line, "OpenBLAS runs its Prescott kernels, but this CPU has avx512");
  check_contains(deaf.line, "export OPENBLAS_CORETYPE=SkylakeX");
  BOOST_TEST(deaf.line.find('\n') == std::string::npos);
  BlasProbe fixed = FakeBlas::probe(Isa::avx2, "Prescott");
  fixed.dynamic_quit = nullptr;
  fixed.dynamic_init = nullptr;
  check_contains(repair_blas_core(fixed).line, "export OPENBLAS_CORETYPE=Haswell");
}

BOOST_AUTO_TEST_CASE(nothing_is_changed_where_other_threads_may_be_in_openblas) {
  BlasProbe probe = FakeBlas::probe(Isa::avx2, "Prescott");
  probe.is_alone = [] { return false; };
  const BlasReport report = repair_blas_core(probe);
  BOOST_TEST(!report.suitable);
  BOOST_TEST(!report.repaired);
  BOOST_TEST(FakeBlas::starts == 0);
  check_contains(report.line, "OpenBLAS runs its Prescott kernels, but this CPU has avx2");
  check_contains(report.line, "export OPENBLAS_CORETYPE=Haswell");
}

BOOST_AUTO_TEST_CASE(the_user_can_forbid_it) {
  const BlasProbe probe = FakeBlas::probe(Isa::avx2, "Prescott");
  BOOST_TEST(!repair_blas_core(probe, "off").repaired);
  BOOST_TEST(FakeBlas::starts == 0);
  expect<UsageError>([&] { (void)repair_blas_core(probe, "no"); },
                     {"FOREGRAPH_OPENBLAS_REPAIR is 'no'", "expected 'on' or 'off'"});
  BOOST_TEST(repair_blas_core(probe, "").repaired);
  BOOST_TEST(repair_blas_core(FakeBlas::probe(Isa::avx2, "Prescott"), "on").repaired);
}

BOOST_AUTO_TEST_CASE(a_process_is_alone_until_it_has_a_thread) {
  const BlasProbe probe = system_blas_probe();
  std::atomic<bool> ends{false};
  std::thread other([&] {
    while (!ends) std::this_thread::yield();
  });
  BOOST_TEST(!probe.is_alone());
  ends = true;
  other.join();
}

BOOST_AUTO_TEST_CASE(the_users_choice_is_kept_and_named) {
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  const BlasReport report = repair_blas_core(FakeBlas::probe(Isa::avx2, "Prescott"));
  unsetenv("OPENBLAS_CORETYPE");
  BOOST_TEST(!report.suitable);
  BOOST_TEST(FakeBlas::starts == 0);
  check_contains(report.line, "OPENBLAS_CORETYPE is set to 'Prescott'");
  check_contains(report.line, "unset OPENBLAS_CORETYPE");
}

BOOST_AUTO_TEST_CASE(the_real_library_runs_kernels_for_this_cpu) {
  // Threads of the tests before may be why it is left as it is; not so in the test "blas.alone".
  const bool may_repair = started_blas() == nullptr && system_blas_probe().is_alone();
  const BlasReport& report = start_blas();
  BOOST_TEST((report.suitable || !may_repair));
  if (!report.suitable) check_contains(report.line, "run `export OPENBLAS_CORETYPE=");
  BOOST_TEST(&start_blas() == &report);
  BOOST_TEST(&start_blas(2) == &report);
  BOOST_TEST(started_blas() == &report);
}

BOOST_AUTO_TEST_CASE(the_real_library_is_repaired) {
  BlasProbe probe = system_blas_probe();
  probe.is_alone = [] { return true; };  // no test before has left a product running
  if (probe.isa == Isa::baseline || !probe.dynamic_init || !probe.dynamic_quit) {
    BOOST_TEST_MESSAGE("skipped: this CPU or this OpenBLAS has only one set of kernels");
    return;
  }
  setenv("OPENBLAS_CORETYPE", "Prescott", 1);
  probe.dynamic_quit();
  probe.dynamic_init();
  unsetenv("OPENBLAS_CORETYPE");
  BOOST_TEST_REQUIRE(std::string(probe.core_name()) == "Prescott");
  const BlasReport report = repair_blas_core(probe);
  BOOST_TEST(report.repaired);
  BOOST_TEST(std::string(probe.core_name()) != "Prescott");
}

BOOST_AUTO_TEST_SUITE_END()
