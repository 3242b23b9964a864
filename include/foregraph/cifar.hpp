#pragma once

/// @file
/// The binary files of CIFAR-10 and CIFAR-100.

#include <foregraph/detail/data/formats/cifar.hpp>
