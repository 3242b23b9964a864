#pragma once

/// @file
/// Data sets in memory, their parts and combinations, and sources of your own.

#include <foregraph/detail/data/dataset/combine.hpp>
#include <foregraph/detail/data/dataset/dataset.hpp>
#include <foregraph/detail/data/dataset/split.hpp>
