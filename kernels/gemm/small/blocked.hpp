#pragma once

// Part of small_gemm.cpp, the only file that includes it.
#include <foregraph/detail/kernels/gemm/small/micro.hpp>
#include <foregraph/detail/kernels/gemm/small/pack.hpp>
#include <foregraph/detail/kernels/gemm/small/small_gemm.hpp>

namespace foregraph::FOREGRAPH_ISA_NAMESPACE {
namespace {

// ---- blocked: products of any size, blocked for every level of cache ----
//
// After Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008), with the
// loop order of Van Zee and van de Geijn's BLIS (2015), for row-major matrices: a block of A stays
// in the second-level cache while panels of B pass by. Unlike there, A is read as stored, and B is
// packed while the first rows of C are computed with it: for the sizes of layers, a separate
// packing pass would take longer than it saves.

constexpr Index kBlockDepth = 384;
template <class T>
constexpr Index kBlockRows = 1024 / static_cast<Index>(sizeof(T));  // a block of A is 384 KiB
/// Least number of rows of a block for which an untransposed B is packed.
constexpr Index kRowsToPackFor = 16;

/// A block of A, in strips of kMicroRows rows; the last strip may have fewer.
template <class T>
struct Block {
  Index rows;
  Index depth;
  const T* a;
  Index lda;
  bool across;      // as in Micro
  Index a_step;     // between strips
  const T* last_a;  // the last strip if it is not whole: packed and padded with zeros
};

/// Multiplies the block by one panel of B, and prefetches `next_rows` rows of the next panel.
template <class T>
inline void multiply_panel(const Block<T>& block, Micro<T> d, bool packs_b, Index next_rows) {
  const Index strips = (block.rows + kMicroRows - 1) / kMicroRows;
  for (Index s = 0; s < strips; ++s) {
    const Index left = block.rows - s * kMicroRows;
    d.rows = left < kMicroRows ? left : kMicroRows;
    d.next_rows = next_rows * (s + 1) / strips - next_rows * s / strips;
    if (d.rows < kMicroRows) {
      d.a = block.last_a;
      d.lda = kMicroRows;
      micro_of_columns<false>(d);
    } else if (packs_b && s == 0) {
      block.across ? micro<kMicroVectors, true, true>(d) : micro<kMicroVectors, false, true>(d);
      d.b = d.packed_b;
      d.ldb = kMicroColumns<T>;
    } else {
      block.across ? micro_of_columns<true>(d) : micro_of_columns<false>(d);
    }
    d.next += d.next_rows * d.ldb_next;
    d.a += block.a_step;
    d.c += kMicroRows * d.ldc;
  }
}

/// Multiplies the block by B's rows [p, p + depth), for the rows of C that begin at c.
template <class T>
inline void multiply_block(const GemmPart<T>& g, const Block<T>& block, Index p, T beta, T* c,
                           T* packed_b) {
  constexpr Index NR = kMicroColumns<T>;
  for (Index j = 0; j < g.n; j += NR) {
    const Index columns = g.n - j < NR ? g.n - j : NR;
    Micro<T> d{block.depth, block.a, block.lda, packed_b, NR,    packed_b, packed_b, g.ldb,
               0,           g.alpha, beta,      c + j,    g.ldc, 0,        columns};
    bool packs_b = false;
    if (g.transpose_b) {
      pack_across<NR>(g.b + j * g.ldb + p, g.ldb, columns, block.depth, packed_b);
    } else if (columns < NR) {
      pack_along<NR>(g.b + p * g.ldb + j, g.ldb, columns, block.depth, packed_b);
    } else {
      d.b = g.b + p * g.ldb + j;
      d.ldb = g.ldb;
      packs_b = block.rows >= kRowsToPackFor;
    }
    const bool next_is_whole = !g.transpose_b && j + 2 * NR <= g.n;
    if (next_is_whole) d.next = g.b + p * g.ldb + j + NR;
    multiply_panel(block, d, packs_b, next_is_whole ? block.depth : 0);
  }
}

template <class T>
void blocked(const GemmPart<T>& g) {
  alignas(64) T packed_b[kBlockDepth * kMicroColumns<T>];
  alignas(64) T packed_a[kBlockDepth * kMicroRows];
  const Index parts = (g.k + kBlockDepth - 1) / kBlockDepth;
  const Index blocks = (g.m + kBlockRows<T> - 1) / kBlockRows<T>;
  const Index strips = (g.m + kMicroRows - 1) / kMicroRows;
  for (Index part = 0; part < parts; ++part) {
    const Index p = g.k * part / parts;
    const Index depth = g.k * (part + 1) / parts - p;
    const T beta = part == 0 ? g.beta : T(1);
    const auto a_at = [&](Index row) {
      return g.transpose_a ? g.a + p * g.lda + row : g.a + row * g.lda + p;
    };
    for (Index i = 0; i < blocks; ++i) {
      const Index row = strips * i / blocks * kMicroRows;
      const Index end = strips * (i + 1) / blocks * kMicroRows;
      const Index rows = (end < g.m ? end : g.m) - row;
      if (const Index rest = rows % kMicroRows; rest != 0) {
        const T* last = a_at(row + rows - rest);
        g.transpose_a ? pack_along<kMicroRows>(last, g.lda, rest, depth, packed_a)
                      : pack_across<kMicroRows>(last, g.lda, rest, depth, packed_a);
      }
      const Block<T> block{rows,    depth,          a_at(row),
                           g.lda,   !g.transpose_a, g.transpose_a ? kMicroRows : kMicroRows * g.lda,
                           packed_a};
      multiply_block(g, block, p, beta, g.c + row * g.ldc, packed_b);
    }
  }
}

}  // namespace
}  // namespace foregraph::FOREGRAPH_ISA_NAMESPACE
