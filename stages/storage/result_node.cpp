#include "stages/storage/result_node.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

#include <hdf5_hl.h>
#include <tbb/enumerable_thread_specific.h>

#include "pipeline/text/lists.hpp"
#include "stages/files/object_names.hpp"

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
  return fixed_text_type(H5T_VARIABLE, false);
}

h5::Type fixed_text_type(std::size_t bytes, bool ascii) {
  h5::Type type(H5Tcopy(H5T_C_S1));
  H5Tset_size(type.get(), bytes);
  H5Tset_cset(type.get(), ascii ? H5T_CSET_ASCII : H5T_CSET_UTF8);
  if (bytes != H5T_VARIABLE) H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
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

void Node::write_attribute(const char* name, hid_t type, const void* values, const h5::Space& space) {
  const h5::Attribute made(H5Acreate2(id(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT));
  const bool any = H5Sget_simple_extent_npoints(space.get()) > 0;
  if (made.get() < 0 || (any && H5Awrite(made.get(), type, values) < 0))
    fail("write attribute '" + std::string(name) + "'");
}

void Node::attribute(const char* name, std::string_view text) {
  // A text in HDF5 ends at its first zero byte.
  const std::string copy(text.substr(0, text.find('\0')));
  const char* pointer = copy.c_str();
  scalar_attribute(name, utf8_type().get(), &pointer);
}

void Node::attribute(const char* name, bool value) {
  const std::uint8_t byte = value ? 1 : 0;
  scalar_attribute(name, H5T_NATIVE_UINT8, &byte);
}

void Node::attribute(const char* name, const std::vector<std::string>& texts) {
  const auto pointers = text::mapped(texts, &std::string::c_str);
  list_attribute(name, utf8_type().get(), pointers.data(), pointers.size());
}

void Node::attribute(const char* name, const std::vector<std::uint8_t>& numbers) {
  list_attribute(name, H5T_NATIVE_UINT8, numbers.data(), numbers.size());
}

std::uint64_t Layout::row_elements() const {
  std::uint64_t elements = 1;
  for (std::size_t i = 1; i < size.size(); ++i) elements *= size[i];
  return elements;
}

void DatasetWriter::write(std::uint64_t rows, std::size_t chunks, const PackChunk& pack) {
  if (written_ + rows > layout_.size[0]) refuse("more rows than declared");
  if (!write_chunks(id(), layout_.size.size(), written_, layout_.chunk_rows, chunks, pack, hash_))
    fail("write rows from " + std::to_string(written_));
  target_->disk.check();
  written_ += rows;
}

void DatasetWriter::finish() {
  flush();
  if (written_ != layout_.size[0])
    throw std::logic_error(path_ + ": " + std::to_string(written_) + " rows written, " +
                           std::to_string(layout_.size[0]) + " declared");
  if (!layout_.dataset.close()) fail("close");
  target_->disk.check();
  target_->digests.push_back({path_, hash_.text()});
}

ArrayWriter::ArrayWriter(Target& target, std::string path, Layout layout)
    : DatasetWriter(target, std::move(path), std::move(layout)),
      row_bytes_(H5Tget_size(layout_.type.get()) * layout_.row_elements()) {}

void ArrayWriter::append(const void* rows, std::uint64_t count) {
  if (row_bytes_ == 0) {
    written_ += count;
    return;
  }
  const std::uint64_t most = layout_.chunk_rows * chunks_at_once;
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
  const std::size_t chunk_bytes = layout_.chunk_rows * row_bytes_;
  const std::size_t chunks = (buffer_.size() + chunk_bytes - 1) / chunk_bytes;
  buffer_.resize(chunks * chunk_bytes);  // beyond the last row stand zeros, as from HDF5
  const std::size_t element_bytes = H5Tget_size(layout_.type.get());
  write(rows, chunks, [&](std::size_t i, std::vector<std::uint8_t>& out) {
    const std::span<const char> raw = std::span(buffer_).subspan(i * chunk_bytes, chunk_bytes);
    if (layout_.compression > 0)
      pack_chunk(raw, element_bytes, layout_.compression, out);
    else
      out.assign(raw.begin(), raw.end());
  });
  buffer_.clear();
}

void SparseArrayWriter::append(std::span<const SparseElement> row) {
  if (rows_ % layout_.chunk_rows == 0) {
    if (waiting_.size() == chunks_at_once) flush();
    waiting_.emplace_back();
  }
  const auto first = static_cast<std::uint32_t>(rows_ % layout_.chunk_rows * layout_.row_elements());
  for (const SparseElement& element : row) waiting_.back().push_back({first + element.place, element.bytes});
  ++rows_;
}

void SparseArrayWriter::flush() {
  const std::size_t elements = layout_.chunk_rows * layout_.row_elements();
  tbb::enumerable_thread_specific<std::pair<SparseDeflate, SparseBytes>> scratch(
      [this] { return std::pair(SparseDeflate(layout_.compression), SparseBytes{}); });
  write(std::exchange(rows_, 0), waiting_.size(), [&](std::size_t i, std::vector<std::uint8_t>& out) {
    if (layout_.compression > 0) {
      auto& [deflate, bytes] = scratch.local();
      pack_chunk(waiting_[i], static_cast<std::uint32_t>(elements), deflate, bytes, out);
      return;
    }
    out.assign(elements * sizeof(std::uint32_t), 0);
    for (const SparseElement& element : waiting_[i])
      std::memcpy(out.data() + element.place * sizeof element.bytes, &element.bytes, sizeof element.bytes);
  });
  waiting_.clear();
}

Group Group::group(const std::string& name) {
  h5::GroupId made(H5Gcreate2(id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  Group out(*target_, child(name), std::move(made));
  if (out.id() < 0) out.fail("create");
  return out;
}

Group Group::named_group(std::string_view original, const std::vector<std::string>& reserved) {
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

ArrayWriter Group::named_array(std::string_view original, const std::vector<std::string>& reserved,
                               h5::Type type, const Shape& shape) {
  const std::string name = encode_name(original, reserved);
  ArrayWriter out = array(name, std::move(type), shape);
  if (name != original) out.attribute("original_name", original);
  return out;
}

void Group::texts(const std::string& name, const std::vector<std::string>& values) {
  const FixedTexts texts(values);
  ArrayWriter writer = array(name, texts.type(), {values.size(), {}});
  writer.attribute("_Encoding", "utf-8");  // by it xarray decodes
  writer.append(texts.bytes().data(), values.size());
  writer.finish();
}

ArrayWriter Group::flags(const std::string& name, std::uint64_t rows, const Flags& flags) {
  ArrayWriter writer = array<std::uint8_t>(name, {rows, {}});
  describe_flags(writer, flags);
  return writer;
}

void Group::scale(const std::string& name) {
  const h5::Dataset dataset(H5Dopen2(id(), name.c_str(), H5P_DEFAULT));
  if (dataset.get() < 0 || H5DSset_scale(dataset.get(), name.c_str()) < 0) fail("make a scale of " + name);
}

void Group::index(const std::string& name, std::uint64_t size) {
  ArrayWriter writer = array<std::uint64_t>(name, {size, {}});
  std::vector<std::uint64_t> some;
  for (std::uint64_t i = 0; i < size; i += some.size()) {
    some.resize(std::min<std::uint64_t>(size - i, 1 << 16));
    std::iota(some.begin(), some.end(), i);
    writer.append(some.data(), some.size());
  }
  writer.finish();
  scale(name);
}

void Group::names(const std::string& name, const std::vector<std::string>& values) {
  texts(name, values);
  scale(name);
}

void Group::dimensions(const std::string& dataset, const std::vector<std::string>& scales) {
  const h5::Dataset of(H5Dopen2(id(), dataset.c_str(), H5P_DEFAULT));
  for (unsigned i = 0; i < scales.size(); ++i) {
    const h5::Dataset scale(H5Dopen2(id(), scales[i].c_str(), H5P_DEFAULT));
    // PyTables 3.11 cannot read a scale with the list of its users, which would end at 64 KiB, too, and which
    // netCDF, xarray and h5py do not need.
    if (of.get() < 0 || scale.get() < 0 || H5DSattach_scale(of.get(), scale.get(), i) < 0 ||
        H5Adelete(scale.get(), "REFERENCE_LIST") < 0)
      Group(*target_, child(dataset), h5::GroupId()).fail("give it the dimension " + scales[i]);
  }
  target_->disk.check();
}

FixedTexts::FixedTexts(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    width_ = std::max(width_, text.size());
    ascii_ = ascii_ && std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  }
  bytes_.assign(texts.size() * width_, '\0');
  for (std::size_t i = 0; i < texts.size(); ++i)
    std::memcpy(bytes_.data() + i * width_, texts[i].data(), texts[i].size());
}

void describe_flags(Node& node, const Flags& flags) {
  const std::string meanings = text::joined(flags, " ", &Flags::value_type::second);
  node.attribute("flag_values", text::mapped(flags, &Flags::value_type::first));
  node.attribute("flag_meanings", meanings);
  // By it xarray makes bools of them.
  if (meanings == "false true") node.attribute("dtype", "bool");
}

void describe_columns(Node& node, const std::vector<std::string>& columns,
                      const std::vector<std::string>& units) {
  node.attribute("columns", columns);
  node.attribute("units", units);
}

}  // namespace ipet::storage
