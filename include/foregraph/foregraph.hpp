#pragma once

/// @file
/// Everything to describe, plan and train models, except models with names (models.hpp) and what
/// needs further libraries (images.hpp, xtensor.hpp, command_line.hpp).

#include <foregraph/atomic_file.hpp>
#include <foregraph/callbacks.hpp>
#include <foregraph/checkpoint.hpp>
#include <foregraph/cifar.hpp>
#include <foregraph/csv.hpp>
#include <foregraph/dataset.hpp>
#include <foregraph/history.hpp>
#include <foregraph/idx.hpp>
#include <foregraph/loader.hpp>
#include <foregraph/memory.hpp>
#include <foregraph/metrics.hpp>
#include <foregraph/npy.hpp>
#include <foregraph/own_op.hpp>
#include <foregraph/pipeline.hpp>
#include <foregraph/plan.hpp>
#include <foregraph/predictor.hpp>
#include <foregraph/preflight.hpp>
#include <foregraph/preprocessing.hpp>
#include <foregraph/profile.hpp>
#include <foregraph/records.hpp>
#include <foregraph/safetensors.hpp>
#include <foregraph/threads.hpp>
#include <foregraph/trainer.hpp>
