#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <foregraph/detail/base/export.hpp>

namespace foregraph {

/// The initial values of a variable. They depend only on the kind, `scale`, the seed and the
/// variable's index, so they are equal in every run and with any number of threads.
struct Initializer {
  /// The distribution of the values.
  enum class Kind : std::uint8_t {
    constant,  ///< every element is `scale`
    uniform,   ///< uniform in [-scale, scale)
    normal,    ///< normal with mean 0 and standard deviation `scale`
    /// normal with mean 0 and standard deviation `scale`, redrawn while more than 2 deviations from
    /// 0, so that the deviation of the values is `truncated_deviation` times smaller
    truncated_normal,
    /// `scale` times a random matrix of orthonormal rows or columns, whichever are fewer
    orthogonal,
    between,  ///< `scale` for elements [first, last), else 0
    given     ///< element by element: number `first` of the graph's StartValues
  };
  Kind kind = Kind::constant;  ///< distribution
  double scale = 0;            ///< its parameter
  std::uint64_t seed = 0;      ///< selects the random numbers
  std::int64_t first = 0;      ///< first element of `between`; number of the values if `given`
  std::int64_t last = 0;       ///< end of the elements of `between`
};

/// Returns an initialiser that sets all elements to 0.
[[nodiscard]] constexpr Initializer zeros() {
  return {};
}
/// Returns an initialiser that sets all elements to `value`.
[[nodiscard]] constexpr Initializer filled_with(double value) {
  return {Initializer::Kind::constant, value};
}
/// Returns an initialiser that sets elements [first, last) to `value` and the others to 0, e.g. for
/// the bias of a forget gate.
[[nodiscard]] constexpr Initializer filled_between(std::int64_t first, std::int64_t last,
                                                   double value) {
  return {Initializer::Kind::between, value, 0, first, last};
}
/// Returns an initialiser with values uniform in [-limit, limit).
[[nodiscard]] constexpr Initializer uniform(double limit, std::uint64_t seed = 0) {
  return {Initializer::Kind::uniform, limit, seed};
}
/// Returns an initialiser with normal values of mean 0.
[[nodiscard]] constexpr Initializer normal(double standard_deviation, std::uint64_t seed = 0) {
  return {Initializer::Kind::normal, standard_deviation, seed};
}

/// Returns an initialiser that takes values `number` of Graph::start_values.
[[nodiscard]] constexpr Initializer given_values(std::int64_t number) {
  return {Initializer::Kind::given, 0, 0, number};
}

/// The standard deviation of a standard normal distribution cut off at -2 and 2.
inline constexpr double truncated_deviation = 0.87962566103423978;

/// Returns a truncated normal initialiser. Values are within 2 of `standard_deviation`, the
/// deviation before truncation, as in TensorFlow and PyTorch (trunc_normal_); the deviation after
/// truncation is `truncated_deviation` times `standard_deviation`.
[[nodiscard]] constexpr Initializer truncated_normal(double standard_deviation,
                                                     std::uint64_t seed = 0) {
  return {Initializer::Kind::truncated_normal, standard_deviation, seed};
}
/// Returns an orthogonal initialiser (Saxe, McClelland and Ganguli, Exact solutions to the
/// nonlinear dynamics of learning in deep linear neural networks, 2014): W = gain * Q with Q^T Q =
/// I, or Q Q^T = I if there are fewer rows than columns. A tensor of more than two axes, such as a
/// convolution's kernel, is treated as a matrix [fan_in, out] whose columns are the last axis. Q is
/// uniformly distributed: the Q of a QR decomposition of normal numbers with the diagonal of R
/// positive (Mezzadri, How to generate random matrices from the classical compact groups, 2007).
/// Fewer than two axes are a fault.
[[nodiscard]] constexpr Initializer orthogonal(double gain = 1, std::uint64_t seed = 0) {
  return {Initializer::Kind::orthogonal, gain, seed};
}

/// Initialisers derived from a layer's fan-in and fan-out.
enum class LayerInit : std::uint8_t {
  glorot_uniform,  ///< limit sqrt(6 / (fan_in + fan_out)); Glorot and Bengio, 2010
  glorot_normal,   ///< standard deviation sqrt(2 / (fan_in + fan_out)); same paper. Not truncated
  he_uniform,      ///< limit sqrt(6 / fan_in); He and others, 2015
  he_normal,       ///< standard deviation sqrt(2 / fan_in); same paper. Not truncated
  lecun_uniform,   ///< limit sqrt(3 / fan_in); LeCun and others, Efficient BackProp, 1998
  /// standard deviation 1 / sqrt(fan_in), as in Efficient BackProp; truncated at 2 deviations and
  /// rescaled to that standard deviation, as Keras and JAX define the name
  lecun_normal,
  orthogonal,  ///< gain 1; see orthogonal()
  zeros
};

namespace detail {
/// Returns the square root by Newton's method from above; std::sqrt is not constexpr in C++20.
[[nodiscard]] constexpr double constexpr_sqrt(double x) {
  if (x <= 0) return 0;
  double r = x > 1 ? x : 1;
  for (int i = 0; i < 200; ++i) {
    const double next = 0.5 * (r + x / r);
    if (!(next < r)) break;
    r = next;
  }
  return r;
}
}  // namespace detail

/// Returns the initialiser of a layer; the fans are numbers of elements.
[[nodiscard]] constexpr Initializer layer_initializer(LayerInit init, double fan_in, double fan_out,
                                                      std::uint64_t seed) {
  const double in = fan_in;
  const double both = fan_in + fan_out;
  switch (init) {
    case LayerInit::glorot_uniform:
      return uniform(detail::constexpr_sqrt(6.0 / both), seed);
    case LayerInit::glorot_normal:
      return normal(detail::constexpr_sqrt(2.0 / both), seed);
    case LayerInit::he_uniform:
      return uniform(detail::constexpr_sqrt(6.0 / in), seed);
    case LayerInit::he_normal:
      return normal(detail::constexpr_sqrt(2.0 / in), seed);
    case LayerInit::lecun_uniform:
      return uniform(detail::constexpr_sqrt(3.0 / in), seed);
    case LayerInit::lecun_normal:
      return truncated_normal(detail::constexpr_sqrt(1.0 / in) / truncated_deviation, seed);
    case LayerInit::orthogonal:
      return orthogonal(1, seed);
    case LayerInit::zeros:
      break;
  }
  return zeros();
}

/// Values that variables start with, for example those of a file. Shared by the graphs and trainers
/// that need them, and destroyed with the last one.
class FOREGRAPH_EXPORT StartValues {
 public:
  StartValues() = default;
  StartValues(const StartValues&) = delete;
  StartValues& operator=(const StartValues&) = delete;
  virtual ~StartValues() = default;

  /// Writes the values with this number, in the variable's dtype and row-major. The size of
  /// `elements` is the variable's. Throws DataError or FileError if they cannot be read.
  virtual void write(std::int64_t number, std::span<std::byte> elements) const = 0;

 private:
  friend class StartValuesRef;
  mutable std::int64_t owners_ = 0;
};

/// A shared pointer to StartValues, which is null in the compiler. std::shared_ptr is no literal
/// type in C++20.
class FOREGRAPH_EXPORT StartValuesRef {
 public:
  constexpr StartValuesRef() = default;
  /// Takes ownership of values made with new.
  explicit StartValuesRef(const StartValues* values) : values_(values) { add_owner(); }
  constexpr StartValuesRef(const StartValuesRef& other) : values_(other.values_) {
    if (values_ != nullptr) add_owner();
  }
  constexpr StartValuesRef(StartValuesRef&& other) noexcept { swap(other); }
  constexpr StartValuesRef& operator=(StartValuesRef other) noexcept {
    swap(other);
    return *this;
  }
  constexpr ~StartValuesRef() {
    if (values_ != nullptr) remove_owner();
  }
  /// Exchanges what the two refer to.
  constexpr void swap(StartValuesRef& other) noexcept {
    const StartValues* const values = values_;
    values_ = other.values_;
    other.values_ = values;
  }
  /// Returns the values, or null.
  [[nodiscard]] constexpr const StartValues* get() const { return values_; }

 private:
  void add_owner() const { __atomic_fetch_add(&values_->owners_, 1, __ATOMIC_RELAXED); }
  void remove_owner() const noexcept {
    if (__atomic_sub_fetch(&values_->owners_, 1, __ATOMIC_ACQ_REL) == 0) delete values_;
  }

  const StartValues* values_ = nullptr;
};

}  // namespace foregraph
