#pragma once

/// @file
/// IDX files, the format of MNIST.

#include <foregraph/detail/data/formats/idx.hpp>
