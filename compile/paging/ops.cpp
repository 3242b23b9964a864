#include <cstring>
#include <foregraph/detail/base/error.hpp>
#include <foregraph/detail/base/files/page_file.hpp>
#include <foregraph/detail/compile/paging/ops.hpp>
#include <string>

namespace foregraph::paging {
namespace {

PageFile& file_of(const KernelCall& call) {
  if (call.region == nullptr)
    throw InternalError("a step with paged values runs without its page file");
  return *static_cast<PageFile*>(const_cast<void*>(call.region));
}
std::size_t transfer_of(const KernelCall& call) {
  return static_cast<std::size_t>(call.attributes->integers[transfer_attribute]);
}
std::int64_t offset_of(const KernelCall& call) {
  return call.attributes->integers[offset_attribute];
}

/// Waits for the op's transfer. Throws FileError if it failed, which says in which state the step
/// leaves the variables.
void wait_for_transfer(const KernelCall& call) {
  try {
    file_of(call).wait(transfer_of(call));
  } catch (const FileError& error) {
    const bool after_update = call.attributes->integers[after_update_attribute] != 0;
    throw FileError(std::string(error.what()) +
                        (after_update ? ". The step has updated some of its variables and others "
                                        "not: load a checkpoint before the next step"
                                      : ". The step has changed no variable and can run again"),
                    error.error_number());
  }
}

template <class T>
void run_page_out(const KernelCall& call) {
  file_of(call).begin_write(transfer_of(call), static_cast<const std::byte*>(call.inputs[0]),
                            call.input_shapes[0].elements * std::int64_t{sizeof(T)},
                            offset_of(call));
}
void run_page_written(const KernelCall& call) {
  wait_for_transfer(call);
}
template <class T>
void run_page_in(const KernelCall& call) {
  file_of(call).begin_read(transfer_of(call), static_cast<std::byte*>(call.output),
                           call.output_shape.elements * std::int64_t{sizeof(T)}, offset_of(call));
}
template <class T>
void run_page_ready(const KernelCall& call) {
  wait_for_transfer(call);
  if (call.output != call.inputs[0])  // a plan without in-place results
    std::memcpy(call.output, call.inputs[0],
                static_cast<std::size_t>(call.output_shape.elements) * sizeof(T));
}

}  // namespace

/// The dtype that selects page_out's kernel is that of the value, see page_out_op.
const KernelTable& page_out_kernels() {
  static constexpr KernelTable table{.run = {run_page_out<float>, run_page_out<double>,
                                             run_page_out<std::int32_t>, run_page_out<std::int64_t>,
                                             run_page_out<std::uint8_t>}};
  return table;
}
const KernelTable& page_written_kernels() {
  static constexpr KernelTable table{.run = {run_page_written, run_page_written, run_page_written,
                                             run_page_written, run_page_written}};
  return table;
}
const KernelTable& page_in_kernels() {
  static constexpr KernelTable table{.run = {run_page_in<float>, run_page_in<double>,
                                             run_page_in<std::int32_t>, run_page_in<std::int64_t>,
                                             run_page_in<std::uint8_t>}};
  return table;
}
const KernelTable& page_ready_kernels() {
  static constexpr KernelTable table{
      .run = {run_page_ready<float>, run_page_ready<double>, run_page_ready<std::int32_t>,
              run_page_ready<std::int64_t>, run_page_ready<std::uint8_t>}};
  return table;
}

}  // namespace foregraph::paging
