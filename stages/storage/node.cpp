#include "stages/storage/node.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include <tbb/enumerable_thread_specific.h>

#include "stages/storage/names.hpp"

namespace ipet::storage {

namespace {

constexpr std::uint64_t chunk_bytes = 256 * 1024;
/// Packed in parallel. More would not be faster, only larger.
constexpr std::size_t chunks_at_once = 16;

h5::Type enumeration(hid_t base, std::initializer_list<std::pair<const char*, int>> members) {
  h5::Type type(H5Tenum_create(base));
  for (const auto& [name, value] : members) {
    const auto byte = static_cast<std::int8_t>(value);
    H5Tenum_insert(type.get(), name, &byte);
  }
  return type;
}

/// A power of two, so that chunks and the batches of readers line up.
std::uint64_t rows_per_chunk(std::uint64_t rows, std::uint64_t row_bytes) {
  const std::uint64_t fitting = std::bit_floor(std::max<std::uint64_t>(1, chunk_bytes / row_bytes));
  return std::clamp<std::uint64_t>(rows, 1, fitting);
}

}  // namespace

h5::Type utf8_type() {
  return fixed_utf8_type(H5T_VARIABLE);
}

h5::Type fixed_utf8_type(std::size_t size) {
  h5::Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), size);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  if (size != H5T_VARIABLE) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
  return type;
}

h5::Type bool_type() {
  return enumeration(H5T_NATIVE_INT8, {{"FALSE", 0}, {"TRUE", 1}});
}

h5::Type direction_type() {
  return enumeration(H5T_NATIVE_UINT8, {{"out", 0}, {"in", 1}});
}

h5::Type protocol_type() {
  return enumeration(H5T_NATIVE_UINT8, {{"tcp", 6}, {"udp", 17}});
}

h5::Type part_type() {
  return enumeration(H5T_NATIVE_UINT8, {{"training", 0}, {"validation", 1}, {"test", 2}});
}

void Node::fail(const std::string& action) const {
  target_->disk.check();
  h5::fail(target_->disk.shown(), path_, action);
}

void Node::refuse(const std::string& text) const {
  throw StorageError(target_->disk.shown() + ": " + path_ + ": " + text);
}

void Node::scalar_attribute(const char* name, hid_t type, const void* value) {
  const h5::Space space(H5Screate(H5S_SCALAR));
  const h5::Attribute made(H5Acreate2(id(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (made.get() < 0 || H5Awrite(made.get(), type, value) < 0)
    fail("write attribute '" + std::string(name) + "'");
}

void Node::attribute(const char* name, std::string_view text) {
  // A text in HDF5 ends at its first zero byte.
  const std::string copy(text.substr(0, text.find('\0')));
  const char* pointer = copy.c_str();
  scalar_attribute(name, utf8_type().get(), &pointer);
}

void Node::attribute(const char* name, bool value) {
  const std::int8_t byte = value ? 1 : 0;
  scalar_attribute(name, bool_type().get(), &byte);
}

void Node::attribute(const char* name, const std::vector<std::string>& texts) {
  std::vector<const char*> pointers;
  for (const std::string& text : texts) pointers.push_back(text.c_str());
  const hsize_t size = texts.size();
  const h5::Space space(H5Screate_simple(1, &size, nullptr));
  const h5::Type type = utf8_type();
  const h5::Attribute made(H5Acreate2(id(), name, type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
  if (made.get() < 0 || (size > 0 && H5Awrite(made.get(), type.get(), pointers.data()) < 0))
    fail("write attribute '" + std::string(name) + "'");
}

std::uint64_t Layout::row_elements() const {
  std::uint64_t elements = 1;
  for (std::size_t i = 1; i < size.size(); ++i) elements *= size[i];
  return elements;
}

ArrayWriter::ArrayWriter(Target& target, std::string path, Layout layout)
    : Node(target, std::move(path)),
      layout_(std::move(layout)),
      row_bytes_(H5Tget_size(layout_.type.get()) * layout_.row_elements()),
      packs_(layout_.compression > 0 && row_bytes_ > 0 && H5Tis_variable_str(layout_.type.get()) == 0) {}

void ArrayWriter::append(const void* rows, std::uint64_t count) {
  const std::uint64_t most = layout_.chunk_rows * (packs_ ? chunks_at_once : 1);
  const char* bytes = static_cast<const char*>(rows);
  while (count > 0) {
    const std::uint64_t room = most - buffer_.size() / row_bytes_;
    const std::uint64_t taken = std::min(count, room);
    buffer_.insert(buffer_.end(), bytes, bytes + taken * row_bytes_);
    bytes += taken * row_bytes_;
    count -= taken;
    if (taken == room) flush();
  }
}

void ArrayWriter::flush() {
  if (buffer_.empty()) return;
  const std::uint64_t rows = buffer_.size() / row_bytes_;
  if (written_ + rows > layout_.size[0]) refuse("more rows than declared");
  if (packs_)
    write_packed();
  else
    write_by_hdf5();
  target_->disk.check();
  written_ += rows;
  buffer_.clear();
}

void ArrayWriter::write_packed() {
  const std::size_t chunk_bytes = layout_.chunk_rows * row_bytes_;
  const std::size_t chunks = (buffer_.size() + chunk_bytes - 1) / chunk_bytes;
  buffer_.resize(chunks * chunk_bytes);  // beyond the last row stand zeros, as from HDF5
  const std::size_t element_bytes = H5Tget_size(layout_.type.get());
  const auto pack = [&](std::size_t i, std::vector<std::uint8_t>& out) {
    pack_chunk(std::span(buffer_).subspan(i * chunk_bytes, chunk_bytes), element_bytes, layout_.compression,
               out);
  };
  if (!write_chunks(id(), layout_.size.size(), written_, layout_.chunk_rows, chunks, pack))
    fail("write rows from " + std::to_string(written_));
}

void ArrayWriter::write_by_hdf5() {
  std::vector<hsize_t> count = layout_.size, start(layout_.size.size(), 0);
  count[0] = buffer_.size() / row_bytes_;
  start[0] = written_;
  const h5::Space memory(H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr));
  const h5::Space file(H5Dget_space(id()));
  if (H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
      H5Dwrite(id(), layout_.type.get(), memory.get(), file.get(), H5P_DEFAULT, buffer_.data()) < 0)
    fail("write rows from " + std::to_string(written_));
}

void ArrayWriter::finish() {
  flush();
  if (written_ != layout_.size[0])
    throw std::logic_error(path_ + ": " + std::to_string(written_) + " rows written, " +
                           std::to_string(layout_.size[0]) + " declared");
  if (!layout_.dataset.close()) fail("close");
  target_->disk.check();
}

SparseArrayWriter::SparseArrayWriter(Target& target, std::string path, Layout layout)
    : Node(target, std::move(path)), layout_(std::move(layout)), row_elements_(layout_.row_elements()) {}

void SparseArrayWriter::append(std::span<const SparseElement> row) {
  if (rows_ % layout_.chunk_rows == 0) {
    if (waiting_.size() == chunks_at_once) flush();
    waiting_.emplace_back();
  }
  const auto first = static_cast<std::uint32_t>(rows_ % layout_.chunk_rows * row_elements_);
  for (const SparseElement& element : row) waiting_.back().push_back({first + element.place, element.bytes});
  ++rows_;
}

void SparseArrayWriter::flush() {
  if (written_ + rows_ > layout_.size[0]) refuse("more rows than declared");
  if (layout_.compression > 0)
    write_packed();
  else
    write_plain();
  target_->disk.check();
  written_ += rows_;
  rows_ = 0;
  waiting_.clear();
}

void SparseArrayWriter::write_packed() {
  const auto elements = static_cast<std::uint32_t>(layout_.chunk_rows * row_elements_);
  tbb::enumerable_thread_specific<std::pair<SparseDeflate, SparseBytes>> scratch(
      [this] { return std::pair(SparseDeflate(layout_.compression), SparseBytes{}); });
  const auto pack = [&](std::size_t i, std::vector<std::uint8_t>& out) {
    auto& [deflate, bytes] = scratch.local();
    pack_chunk(waiting_[i], elements, deflate, bytes, out);
  };
  if (!write_chunks(id(), layout_.size.size(), written_, layout_.chunk_rows, waiting_.size(), pack))
    fail("write rows from " + std::to_string(written_));
}

void SparseArrayWriter::write_plain() {
  std::vector<float> chunk;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    chunk.assign(layout_.chunk_rows * row_elements_, 0);
    for (const SparseElement& element : waiting_[i])
      chunk[element.place] = std::bit_cast<float>(element.bytes);
    const std::vector<hsize_t> offset = {written_ + i * layout_.chunk_rows, 0, 0};
    if (H5Dwrite_chunk(id(), H5P_DEFAULT, 0, offset.data(), chunk.size() * sizeof(float), chunk.data()) < 0)
      fail("write rows from " + std::to_string(written_));
  }
}

void SparseArrayWriter::finish() {
  flush();
  if (written_ != layout_.size[0])
    throw std::logic_error(path_ + ": " + std::to_string(written_) + " rows written, " +
                           std::to_string(layout_.size[0]) + " declared");
  if (!layout_.dataset.close()) fail("close");
  target_->disk.check();
}

Group Group::group(const std::string& name) {
  h5::GroupId made(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  Group out(*target_, child(name), std::move(made));
  if (out.id() < 0) out.fail("create");
  return out;
}

Group Group::named_group(std::string_view original, std::string_view reserved) {
  const std::string name = encode_name(original, reserved);
  Group out = group(name);
  if (name != original) out.attribute("original_name", original);
  return out;
}

Layout Group::layout(const std::string& name, h5::Type type, const Shape& shape) {
  std::vector<hsize_t> size{shape.rows};
  size.insert(size.end(), shape.row.begin(), shape.row.end());
  std::uint64_t row_bytes = H5Tget_size(type.get());
  for (const std::uint64_t s : shape.row) row_bytes *= s;
  std::vector<hsize_t> chunk = size, limit = size;
  chunk[0] = rows_per_chunk(shape.rows, std::max<std::uint64_t>(1, row_bytes));
  for (std::size_t i = 0; i < size.size(); ++i) {
    if (size[i] != 0) continue;
    chunk[i] = 1;
    limit[i] = H5S_UNLIMITED;  // a chunk may not be larger than a fixed size
  }

  const int rank = static_cast<int>(size.size());
  const h5::Space space(H5Screate_simple(rank, size.data(), limit.data()));
  const h5::PropertyList create(H5Pcreate(H5P_DATASET_CREATE));
  bool good = H5Pset_obj_track_times(create.get(), false) >= 0;  // same content, same bytes
  good = good && H5Pset_chunk(create.get(), rank, chunk.data()) >= 0;
  if (target_->compression > 0) {
    good = good && H5Pset_shuffle(create.get()) >= 0;
    good = good && H5Pset_deflate(create.get(), static_cast<unsigned>(target_->compression)) >= 0;
  }
  h5::Dataset made(
      good ? H5Dcreate2(id(), name.c_str(), type.get(), space.get(), H5P_DEFAULT, create.get(), H5P_DEFAULT)
           : H5I_INVALID_HID);
  const bool created = made.get() >= 0;
  if (!created) Group(*target_, child(name), h5::GroupId()).fail("create");
  return {std::move(made), std::move(type), std::move(size), chunk[0], target_->compression};
}

ArrayWriter Group::array(const std::string& name, h5::Type type, const Shape& shape) {
  return {*target_, child(name), layout(name, std::move(type), shape)};
}

SparseArrayWriter Group::sparse_array(const std::string& name, const Shape& shape) {
  return {*target_, child(name), layout(name, h5::Type(H5Tcopy(native<float>())), shape)};
}

ArrayWriter Group::named_array(std::string_view original, h5::Type type, const Shape& shape) {
  const std::string name = encode_name(original);
  ArrayWriter out = array(name, std::move(type), shape);
  if (name != original) out.attribute("original_name", original);
  return out;
}

void Group::texts(const std::string& name, const std::vector<std::string>& values) {
  std::vector<const char*> pointers;
  for (const std::string& value : values) pointers.push_back(value.c_str());
  ArrayWriter writer = array(name, utf8_type(), {values.size(), {}});
  writer.append(pointers.data(), pointers.size());
  writer.finish();
}

void describe_columns(Node& node, const std::vector<std::string>& columns,
                      const std::vector<std::string>& units) {
  node.attribute("columns", columns);
  node.attribute("units", units);
}

}  // namespace ipet::storage
