#include <cmath>
#include <foregraph/detail/diagnose/findings/pooled_chi_square.hpp>

namespace foregraph {

double PooledChiSquare::z() const {
  const double variance = variance_ * dependence_;
  return variance > 0 ? (sum_ - degrees_) / std::sqrt(variance) : 0;
}

double PooledChiSquare::cube_root_z() const {
  if (!(degrees_ > 0) || !(variance_ > 0)) return 0;
  // k is chosen so that c * chi-square(k) has this expectation and variance: k = 2 E^2 / Var.
  const double k = 2 * degrees_ * degrees_ / (variance_ * dependence_);
  const double spread = 2 / (9 * k);
  return (std::cbrt(sum_ / degrees_) - (1 - spread)) / std::sqrt(spread);
}

}  // namespace foregraph
