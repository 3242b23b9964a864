// A plug-in, or a module of another language: a shared object that the static library is part of.
#include "line.hpp"

extern "C" double loss_of_trained_line() {
  return train_line().back().loss;
}
