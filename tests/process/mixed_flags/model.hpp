#pragma once

#include <foregraph/foregraph.hpp>
#include <span>

namespace fg = foregraph;

inline constexpr auto classifier = [](fg::Graph& g) {
  const auto x = g.input("x", {fg::batch, 8});
  const auto label = g.input("label", {fg::batch}, fg::i32);
  const auto logits = fg::nn::dense(fg::sigmoid(fg::nn::dense(x, 16, "hidden")), 3, "logits");
  return fg::Model{.loss = fg::nn::softmax_cross_entropy(logits, label), .outputs = {logits}};
};

/// An op with a kernel of the including file's flags.
struct TwiceKernel {
  template <class V>
  static V apply(const V& x) {
    return x + x;
  }
};

/// The kernels that a file of this program was given for the same model and the same op.
struct Given {
  std::span<const fg::SpecialisedRegion> regions;
  const fg::KernelTable* own = nullptr;
  fg::Isa isa = fg::Isa::baseline;  ///< of the file
  int specialised = 0;              ///< regions that a trainer constructed in the file runs
};

#define GIVEN_HERE                                                       \
  [] {                                                                   \
    fg::Trainer<classifier> trainer{fg::optim::adam(1e-3)};              \
    trainer.prepare(4);                                                  \
    return Given{fg::specialised_regions<classifier, fg::optim::Adam>(), \
                 &fg::user_kernels<TwiceKernel>(), fg::NativeLevel::isa, \
                 trainer.program().specialised_regions()};               \
  }

Given given_with_avx2();
