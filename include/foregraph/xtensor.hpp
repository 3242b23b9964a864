#pragma once

/// @file
/// Fields of data sets from xtensor expressions; link foregraph::xtensor.

#include <foregraph/detail/data/dataset/xtensor.hpp>
