#pragma once

// Says in one line what is needed, where the compiler is too old or runs with an older standard: it
// would else report a hundred errors that do not name the reason. The file that does not exist
// stops the compilation there.

#if defined(__clang__)
#if __clang_major__ < 14
#error "foregraph needs g++ 12 or clang 14, or a later one: this clang is older"
#include <foregraph_needs_a_newer_compiler>
#endif
#elif defined(__GNUC__)
#if __GNUC__ < 12
#error "foregraph needs g++ 12 or clang 14, or a later one: this g++ is older"
#include <foregraph_needs_a_newer_compiler>
#endif
#else
#error "foregraph needs g++ 12 or clang 14, or a later one: this is another compiler"
#include <foregraph_needs_another_compiler>
#endif

#if __cplusplus < 202002L
#error "foregraph needs C++20: compile with -std=c++20 or later"
#include <foregraph_needs_a_newer_standard>
#endif
