#pragma once

/// @file
/// Tensors in files in the format safetensors.

#include <foregraph/detail/base/files/safetensors.hpp>
