// Two files of a program use the same model and are compiled with different -m options. Each must
// get kernels compiled with its options, whatever the link order.
#include <cstdio>

#include "model.hpp"

namespace {

int failures = 0;
void expect(bool holds, const char* text) {
  if (holds) return;
  std::fprintf(stderr, "mixed_flags: expected %s\n", text);
  ++failures;
}

void expect_level(const Given& given, fg::Isa isa) {
  expect(given.isa == isa, "the file's own level");
  expect(!given.regions.empty(), "specialised regions");
  for (const fg::SpecialisedRegion& region : given.regions)
    expect(region.isa == isa, "regions of the file's level");
  expect(given.own->isa == isa, "the table of the user-defined op to be of the file's level");
}

}  // namespace

int main() {
  const Given here = GIVEN_HERE();
  expect_level(here, fg::Isa::baseline);
  expect(here.specialised > 0, "a trainer that runs specialised regions");
  if (fg::detected_isa() >= fg::Isa::avx2) {
    const Given there = given_with_avx2();
    expect_level(there, fg::Isa::avx2);
    expect(there.regions.size() == here.regions.size(), "an equal number of regions in both files");
    for (std::size_t i = 0; i < here.regions.size(); ++i) {
      expect(there.regions[i].fingerprint == here.regions[i].fingerprint, "the same expressions");
      expect(there.regions[i].run != here.regions[i].run, "two copies of each kernel");
    }
    expect(there.specialised > 0, "a trainer of the other file that runs specialised regions");
    expect(there.own != here.own, "two tables of the user-defined op");
  } else {
    std::puts("mixed_flags: this CPU has no AVX2, so the other file's kernels were not compared");
  }
  return failures == 0 ? 0 : 1;
}
