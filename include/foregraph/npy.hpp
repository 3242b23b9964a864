#pragma once

/// @file
/// NumPy's .npy and .npz files.

#include <foregraph/detail/data/formats/npy.hpp>
#include <foregraph/detail/data/formats/npz.hpp>
