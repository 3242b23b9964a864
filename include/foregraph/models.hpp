#pragma once

/// @file
/// Models with names: LeNet, ResNet, MobileNetV2, VGG-16, LSTM, GPT-2.

#include <foregraph/detail/all_models.hpp>
#include <foregraph/plan.hpp>
