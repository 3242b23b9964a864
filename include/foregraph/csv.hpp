#pragma once

/// @file
/// CSV files.

#include <foregraph/detail/data/csv/csv.hpp>
