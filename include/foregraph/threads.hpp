#pragma once

/// @file
/// The pool of threads that steps run on.

#include <foregraph/detail/kernels/threads/thread_pool.hpp>
