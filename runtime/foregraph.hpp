#pragma once

// <foregraph/foregraph.hpp>: everything to describe, plan and train models.

#include <foregraph/graph/error.hpp>
#include <foregraph/planner/foregraph_plan.hpp>
#include <foregraph/runtime/checkpoint/check_variables.hpp>
#include <foregraph/runtime/checkpoint/checkpoint_file.hpp>
#include <foregraph/runtime/checkpoint/model_fingerprint.hpp>
#include <foregraph/runtime/data/augment.hpp>
#include <foregraph/runtime/data/cifar.hpp>
#include <foregraph/runtime/data/combine.hpp>
#include <foregraph/runtime/data/csv.hpp>
#include <foregraph/runtime/data/dataset.hpp>
#include <foregraph/runtime/data/idx.hpp>
#include <foregraph/runtime/data/loader.hpp>
#include <foregraph/runtime/data/npy.hpp>
#include <foregraph/runtime/data/npz.hpp>
#include <foregraph/runtime/data/pipeline.hpp>
#include <foregraph/runtime/data/preprocessing.hpp>
#include <foregraph/runtime/data/records.hpp>
#include <foregraph/runtime/data/split.hpp>
#include <foregraph/runtime/early_stopping.hpp>
#include <foregraph/runtime/files/atomic_file.hpp>
#include <foregraph/runtime/files/safetensors.hpp>
#include <foregraph/runtime/history/csv_history.hpp>
#include <foregraph/runtime/history/json_history.hpp>
#include <foregraph/runtime/history/tensorboard.hpp>
#include <foregraph/runtime/kernels/user_kernel.hpp>
#include <foregraph/runtime/machine_memory.hpp>
#include <foregraph/runtime/metrics.hpp>
#include <foregraph/runtime/predictor.hpp>
#include <foregraph/runtime/preflight/preflight.hpp>
#include <foregraph/runtime/process_memory.hpp>
#include <foregraph/runtime/process_prediction.hpp>
#include <foregraph/runtime/report/report.hpp>
#include <foregraph/runtime/schedule.hpp>
#include <foregraph/runtime/trainer.hpp>
