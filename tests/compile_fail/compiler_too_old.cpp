// A compiler that is too old: one line says what is needed, and no other errors follow.
// EXPECT: error: .*foregraph needs g\+\+ 12 or clang 14, or a later one: this (g\+\+|clang) is
// older EXPECT: fatal error: .*foregraph_needs_a_newer_compiler
#include <string>
#include <vector>
#undef __GNUC__
#undef __clang_major__
#define __GNUC__ 11
#define __clang_major__ 13
#include <foregraph/graph.hpp>

static_assert(sizeof(foregraph::Graph) == 0, "not reached");
