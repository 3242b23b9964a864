// A processor that stores the highest byte of a number first.
// EXPECT: foregraph: this processor is big-endian, expected a little-endian one
#undef __BYTE_ORDER__
#define __BYTE_ORDER__ __ORDER_BIG_ENDIAN__
#include <foregraph/plan.hpp>
