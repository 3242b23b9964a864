#include <boost/test/unit_test.hpp>

#include <foregraph/detail/runtime/op_kernels.hpp>
#include <foregraph/foregraph.hpp>

namespace {

using namespace foregraph;

const KernelTable& table_for_avx512() {
  static constexpr KernelTable table = [] {
    KernelTable result;
    result.isa = Isa::avx512;
    return result;
  }();
  return table;
}
constexpr OpDef wide_op{.name = "wide", .kernels = &table_for_avx512};
constexpr OpDef view_op{.name = "view"};

}  // namespace

BOOST_AUTO_TEST_SUITE(op_kernels)

BOOST_AUTO_TEST_CASE(kernels_for_other_cpus_are_refused) {
  BOOST_TEST((&runnable_kernels(wide_op, Isa::avx512) == &table_for_avx512()));
  BOOST_CHECK_EXCEPTION((void)runnable_kernels(wide_op, Isa::avx2), UsageError, [](const Error& e) {
    return std::string(e.what()) ==
           "the kernels of op 'wide' were compiled for avx512, but this CPU and its operating "
           "system support at most avx2; compile the file that defines the op without the -m "
           "options that ask for more";
  });
}

BOOST_AUTO_TEST_CASE(an_op_without_kernels_has_an_empty_table) {
  BOOST_TEST((runnable_kernels(view_op).run == KernelTable{}.run));
}

BOOST_AUTO_TEST_SUITE_END()
