#include "stages/interchange/npy_file.hpp"

#include <bit>
#include <stdexcept>

namespace ipet::interchange {

namespace {

constexpr std::size_t header_bytes = 192;  // a multiple of 64; room for six dimensions of 20 digits
static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);

}  // namespace

NpyFile::NpyFile(std::filesystem::path final, storage::Staging& staging, std::vector<std::uint64_t> row_shape)
    : file_(std::move(final), staging), row_shape_(std::move(row_shape)) {
  for (const std::uint64_t size : row_shape_) row_numbers_ *= size;
  file_.write(header());
}

std::vector<std::uint64_t> NpyFile::shape() const {
  std::vector<std::uint64_t> shape{row_numbers_ == 0 ? 0 : numbers_ / row_numbers_};
  shape.insert(shape.end(), row_shape_.begin(), row_shape_.end());
  return shape;
}

std::string NpyFile::header() const {
  const char order = std::endian::native == std::endian::little ? '<' : '>';
  std::string text = std::string("{'descr': '") + order + "f8', 'fortran_order': False, 'shape': (";
  for (const std::uint64_t size : shape()) text += std::to_string(size) + ",";
  text += "), }";
  constexpr std::size_t prefix = 10;  // magic, version, length
  if (prefix + text.size() + 1 > header_bytes)
    throw std::length_error("too many dimensions for a .npy header");
  text.resize(header_bytes - prefix - 1, ' ');
  text += '\n';
  const auto length = static_cast<unsigned>(text.size());
  std::string head = "\x93NUMPY";
  head += {'\x01', '\x00', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return head + text;
}

void NpyFile::append(std::span<const double> numbers) {
  file_.write({reinterpret_cast<const char*>(numbers.data()), numbers.size_bytes()});
  numbers_ += numbers.size();
}

void NpyFile::hand_over(storage::CompleteFiles& files) {
  if (row_numbers_ > 0 && numbers_ % row_numbers_ != 0)
    throw std::logic_error(final_name().string() + ": ends within a row");
  file_.overwrite(0, header());
  file_.hand_over(files);
}

}  // namespace ipet::interchange
