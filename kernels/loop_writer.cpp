#include <foregraph/detail/kernels/loop_writer.hpp>

#if defined(FOREGRAPH_HAS_XBYAK)
#include <xbyak/xbyak.h>

#include <algorithm>
#include <foregraph/detail/base/error.hpp>
#include <optional>

namespace foregraph {

namespace {

struct OutOfRegisters {};

/// Generates the code of one loop. Vector registers are assigned step by step and freed after the
/// last use of a value. `pointers` is in rdi, the end in rsi, the offset in rdx.
class LoopWriter : private Xbyak::CodeGenerator {
 public:
  LoopWriter(const ArithmeticLoop& loop, bool is_wide, std::uint8_t* memory)
      : CodeGenerator(most_loop_bytes, memory),
        loop_(loop),
        is_double_(loop.dtype == f64),
        is_wide_(is_wide) {
    for (int i = is_wide_ ? 31 : 15; i >= 0; --i) free_.push_back(i);
  }

  /// Writes the code and returns its size in bytes.
  std::size_t write() {
    find_last_uses();
    for (const auto& saved : {rbx, rbp, r12, r13, r14, r15}) push(saved);
    load_pointers();
    xor_(edx, edx);
    for (const std::int32_t value : loop_.uniform) {
      registers_.push_back({value, take()});
      load(registers_.back().index, value);
    }
    write_constants();
    const std::size_t fixed = registers_.size();
    Xbyak::Label next;
    align(32);
    L(next);
    for (std::size_t i = 0; i < loop_.steps.size(); ++i) write_step(loop_.steps[i], i);
    if (registers_.size() != fixed) throw InternalError("a loop's values outlive it");
    add(rdx, is_wide_ ? 64 : 32);
    cmp(rdx, rsi);
    jb(next, T_NEAR);
    for (const auto& saved : {r15, r14, r13, r12, rbp, rbx}) pop(saved);
    vzeroupper();
    ret();
    return getSize();
  }

 private:
  using Vector = Xbyak::Ymm;  // also holds a Zmm
  struct InRegister {
    std::int32_t value = 0;
    int index = 0;
  };

  [[nodiscard]] Vector vector(int index) const {
    if (is_wide_) return Xbyak::Zmm(index);
    return Xbyak::Ymm(index);
  }
  int take() {
    if (free_.empty()) throw OutOfRegisters{};
    const int index = free_.back();
    free_.pop_back();
    return index;
  }
  [[nodiscard]] static bool has(const std::vector<std::int32_t>& list, std::int32_t value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  }
  [[nodiscard]] static int arity(const ArithmeticLoop::Step& step) {
    switch (step.what.kind) {
      case Arithmetic::Kind::square_root:
      case Arithmetic::Kind::square:
      case Arithmetic::Kind::negate:
      case Arithmetic::Kind::magnitude:
      case Arithmetic::Kind::rectify:
        return 1;
      case Arithmetic::Kind::of_three:
        return 3;
      case Arithmetic::Kind::of_products:
      case Arithmetic::Kind::choice:
        return 4;
      default:
        return 2;
    }
  }

  struct LastUse {
    std::int32_t value = 0;
    std::size_t step = 0;
  };
  void find_last_uses() {
    for (std::size_t i = 0; i < loop_.steps.size(); ++i)
      for (int k = 0; k < arity(loop_.steps[i]); ++k) {
        const std::int32_t value = loop_.steps[i].operands[static_cast<std::size_t>(k)];
        const auto known = std::find_if(last_uses_.begin(), last_uses_.end(),
                                        [&](const LastUse& u) { return u.value == value; });
        if (known != last_uses_.end())
          known->step = i;
        else
          last_uses_.push_back({value, i});
      }
  }
  [[nodiscard]] bool is_used_after(std::int32_t value, std::size_t step) const {
    return std::any_of(last_uses_.begin(), last_uses_.end(),
                       [&](const LastUse& u) { return u.value == value && u.step > step; });
  }

  /// Loads addresses into registers, in the order of their use, until no register is left.
  void load_pointers() {
    const Xbyak::Reg64 registers[] = {rcx, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15};
    std::vector<std::int32_t> made;
    const auto add = [&](std::int32_t value) {
      if (pointers_.size() == std::size(registers) || has(pointers_, value)) return;
      mov(registers[pointers_.size()], ptr[rdi + 8 * value]);
      pointers_.push_back(value);
    };
    for (const ArithmeticLoop::Step& step : loop_.steps) {
      for (int k = 0; k < arity(step); ++k) {
        const std::int32_t value = step.operands[static_cast<std::size_t>(k)];
        if (!has(made, value) && !has(loop_.uniform, value)) add(value);
      }
      made.push_back(step.value);
      if (has(loop_.kept, step.value)) add(step.value);
    }
  }
  [[nodiscard]] Xbyak::Address address(std::int32_t value) {
    const Xbyak::Reg64 registers[] = {rcx, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15};
    const auto at = std::find(pointers_.begin(), pointers_.end(), value);
    if (at != pointers_.end()) return ptr[registers[at - pointers_.begin()] + rdx];
    mov(rax, ptr[rdi + 8 * value]);
    return ptr[rax + rdx];
  }
  void load(int index, std::int32_t value) { vmovups(vector(index), address(value)); }

  void write_constants() {
    const auto needs = [&](Arithmetic::Kind kind) {
      return std::any_of(loop_.steps.begin(), loop_.steps.end(),
                         [&](const ArithmeticLoop::Step& s) { return s.what.kind == kind; });
    };
    if (needs(Arithmetic::Kind::negate) || needs(Arithmetic::Kind::magnitude)) {
      sign_ = take();
      mov(rax, is_double_ ? 0x8000000000000000U : 0x80000000U);
      vmovq(Xbyak::Xmm(*sign_), rax);
      if (is_double_)
        vbroadcastsd(vector(*sign_), Xbyak::Xmm(*sign_));
      else
        vbroadcastss(vector(*sign_), Xbyak::Xmm(*sign_));
    }
    if (needs(Arithmetic::Kind::rectify) || needs(Arithmetic::Kind::zero_or_product) ||
        needs(Arithmetic::Kind::zero_or_quotient)) {
      zero_ = take();
      bits(&LoopWriter::vpxord, &LoopWriter::vxorps, *zero_, *zero_, *zero_);
    }
  }

  /// Returns the register of an operand, loading it from memory if necessary.
  int read(std::int32_t value) {
    for (const InRegister& r : registers_)
      if (r.value == value) return r.index;
    registers_.push_back({value, take()});
    load(registers_.back().index, value);
    return registers_.back().index;
  }
  void drop_unused(const ArithmeticLoop::Step& step, std::size_t i) {
    for (std::size_t k = registers_.size(); k-- > 0;) {
      const InRegister r = registers_[k];
      const bool is_here = r.value == step.value || has(operands_of(step), r.value);
      if (!is_here || has(loop_.uniform, r.value) || is_used_after(r.value, i)) continue;
      free_.push_back(r.index);
      registers_.erase(registers_.begin() + static_cast<std::ptrdiff_t>(k));
    }
  }
  [[nodiscard]] static std::vector<std::int32_t> operands_of(const ArithmeticLoop::Step& step) {
    return {step.operands.begin(), step.operands.begin() + arity(step)};
  }

  void write_step(const ArithmeticLoop::Step& step, std::size_t i) {
    std::array<int, 4> x{};
    for (int k = 0; k < arity(step); ++k)
      x[static_cast<std::size_t>(k)] = read(step.operands[static_cast<std::size_t>(k)]);
    const int out = take();
    write(step.what, out, x);
    if (has(loop_.kept, step.value)) vmovups(address(step.value), vector(out));
    registers_.push_back({step.value, out});
    drop_unused(step, i);
  }

  /// Emits an instruction for f32 or its counterpart for f64.
  template <class Instruction>
  void emit(Instruction single, Instruction twice, int out, int a, int b) {
    (this->*(is_double_ ? twice : single))(vector(out), vector(a), vector(b));
  }
  template <class Wide, class Narrow>
  void bits(Wide wide, Narrow narrow, int out, int a, int b) {
    if (is_wide_)
      (this->*wide)(vector(out), vector(a), vector(b));
    else
      (this->*narrow)(vector(out), vector(a), vector(b));
  }

  void add_to(int out, int a, int b) {
    emit(&CodeGenerator::vaddps, &CodeGenerator::vaddpd, out, a, b);
  }
  void subtract_to(int out, int a, int b) {
    emit(&CodeGenerator::vsubps, &CodeGenerator::vsubpd, out, a, b);
  }
  void multiply_to(int out, int a, int b) {
    emit(&CodeGenerator::vmulps, &CodeGenerator::vmulpd, out, a, b);
  }

  void write(const Arithmetic& what, int out, const std::array<int, 4>& x) {
    switch (what.kind) {
      case Arithmetic::Kind::none:
        throw InternalError("a step without arithmetic in a loop");
      case Arithmetic::Kind::add:
        return add_to(out, x[0], x[1]);
      case Arithmetic::Kind::subtract:
        return subtract_to(out, x[0], x[1]);
      case Arithmetic::Kind::multiply:
        return multiply_to(out, x[0], x[1]);
      case Arithmetic::Kind::square:
        return multiply_to(out, x[0], x[0]);
      case Arithmetic::Kind::divide:
        return emit(&CodeGenerator::vdivps, &CodeGenerator::vdivpd, out, x[0], x[1]);
      case Arithmetic::Kind::maximum:
        emit(&CodeGenerator::vmaxps, &CodeGenerator::vmaxpd, out, x[0], x[1]);
        return keep_nan_of(x[0], out);
      case Arithmetic::Kind::minimum:
        emit(&CodeGenerator::vminps, &CodeGenerator::vminpd, out, x[0], x[1]);
        return keep_nan_of(x[0], out);
      case Arithmetic::Kind::zero_or_product:
        multiply_to(out, x[0], x[1]);
        return keep_zero_of(x[0], out);
      case Arithmetic::Kind::zero_or_quotient:
        emit(&CodeGenerator::vdivps, &CodeGenerator::vdivpd, out, x[0], x[1]);
        return keep_zero_of(x[0], out);
      case Arithmetic::Kind::rectify:
        return emit(&CodeGenerator::vmaxps, &CodeGenerator::vmaxpd, out, *zero_, x[0]);
      case Arithmetic::Kind::square_root:
        if (is_double_) return vsqrtpd(vector(out), vector(x[0]));
        return vsqrtps(vector(out), vector(x[0]));
      case Arithmetic::Kind::negate:
        return bits(&CodeGenerator::vpxord, &CodeGenerator::vxorps, out, *sign_, x[0]);
      case Arithmetic::Kind::magnitude:
        return bits(&CodeGenerator::vpandnd, &CodeGenerator::vandnps, out, *sign_, x[0]);
      case Arithmetic::Kind::of_three:
        return write_of_three(what, out, x);
      case Arithmetic::Kind::of_products:
        multiply_to(out, x[2], x[3]);
        if (what.second != 0)
          return emit(&CodeGenerator::vfmsub231ps, &CodeGenerator::vfmsub231pd, out, x[0], x[1]);
        return emit(&CodeGenerator::vfmadd231ps, &CodeGenerator::vfmadd231pd, out, x[0], x[1]);
      case Arithmetic::Kind::choice:
        return write_choice(what, out, x);
    }
  }

  void write_of_three(const Arithmetic& what, int out, const std::array<int, 4>& x) {
    if (what.first == RegionKernels::multiplied && what.second != RegionKernels::times) {
      vmovaps(vector(out), vector(x[2]));
      if (what.second == RegionKernels::plus)
        return emit(&CodeGenerator::vfmadd231ps, &CodeGenerator::vfmadd231pd, out, x[0], x[1]);
      if (what.second == RegionKernels::minus)
        return emit(&CodeGenerator::vfmsub231ps, &CodeGenerator::vfmsub231pd, out, x[0], x[1]);
      return emit(&CodeGenerator::vfnmadd231ps, &CodeGenerator::vfnmadd231pd, out, x[0], x[1]);
    }
    if (what.first == RegionKernels::added) add_to(out, x[0], x[1]);
    if (what.first == RegionKernels::subtracted) subtract_to(out, x[0], x[1]);
    if (what.first == RegionKernels::multiplied) multiply_to(out, x[0], x[1]);
    if (what.second == RegionKernels::plus) return add_to(out, out, x[2]);
    if (what.second == RegionKernels::minus) return subtract_to(out, out, x[2]);
    if (what.second == RegionKernels::from) return subtract_to(out, x[2], out);
    multiply_to(out, out, x[2]);
  }

  /// Writes x[0] > x[1] ? x[2] : x[3], or another comparison; all are ordered and quiet.
  void write_choice(const Arithmetic& what, int out, const std::array<int, 4>& x) {
    const std::uint8_t predicate = what.second == RegionKernels::is_greater         ? 0x1e
                                   : what.second == RegionKernels::is_greater_equal ? 0x1d
                                                                                    : 0x00;
    choose(out, {x[0], x[1], predicate}, x[2], x[3], out);
  }
  struct Comparison {
    int a;
    int b;
    std::uint8_t predicate;
  };
  /// Sets `out` to `yes` where the comparison holds, else to `no`. Overwrites `mask`, which is a
  /// free register or `out`.
  void choose(int out, const Comparison& is, int yes, int no, int mask) {
    if (is_wide_) {
      if (is_double_) {
        vcmppd(k1, vector(is.a), vector(is.b), is.predicate);
        vblendmpd(vector(out) | k1, vector(no), vector(yes));
      } else {
        vcmpps(k1, vector(is.a), vector(is.b), is.predicate);
        vblendmps(vector(out) | k1, vector(no), vector(yes));
      }
    } else if (is_double_) {
      vcmppd(vector(mask), vector(is.a), vector(is.b), is.predicate);
      vblendvpd(vector(out), vector(no), vector(yes), vector(mask));
    } else {
      vcmpps(vector(mask), vector(is.a), vector(is.b), is.predicate);
      vblendvps(vector(out), vector(no), vector(yes), vector(mask));
    }
  }
  /// Sets `out` to x where x is NaN: for NaN and a number, vmaxps returns its second operand.
  void keep_nan_of(int x, int out) {
    constexpr std::uint8_t unordered = 0x03;
    const int mask = is_wide_ ? out : take();
    choose(out, {x, x, unordered}, x, out, mask);
    if (!is_wide_) free_.push_back(mask);
  }
  /// Sets `out` to 0 where x is 0.
  void keep_zero_of(int x, int out) {
    constexpr std::uint8_t equal = 0x00;  // ordered, quiet
    const int mask = is_wide_ ? out : take();
    choose(out, {x, *zero_, equal}, *zero_, out, mask);
    if (!is_wide_) free_.push_back(mask);
  }

  const ArithmeticLoop& loop_;
  bool is_double_;
  bool is_wide_;
  std::vector<int> free_;
  std::vector<InRegister> registers_;
  std::vector<LastUse> last_uses_;
  std::vector<std::int32_t> pointers_;  ///< values whose addresses are in registers
  std::optional<int> sign_;
  std::optional<int> zero_;
};

}  // namespace

std::size_t write_loop(const ArithmeticLoop& loop, bool is_wide, std::uint8_t* memory) {
  try {
    return LoopWriter(loop, is_wide, memory).write();
  } catch (const OutOfRegisters&) {
    return 0;
  } catch (const Xbyak::Error&) {  // more than most_loop_bytes
    return 0;
  }
}

}  // namespace foregraph

#endif
