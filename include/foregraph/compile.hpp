#pragma once

/// @file
/// From a model to its training step, pass by pass; passes of your own.

#include <foregraph/detail/compile/compile.hpp>
