// An older standard: one line says what is needed, and no other errors follow.
// EXPECT: error: .*foregraph needs C\+\+20: compile with -std=c\+\+20 or later
// EXPECT: fatal error: .*foregraph_needs_a_newer_standard
#include <string>
#include <vector>
#undef __cplusplus
#define __cplusplus 201703L
#include <foregraph/graph.hpp>

static_assert(sizeof(foregraph::Graph) == 0, "not reached");
