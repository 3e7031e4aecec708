#include <algorithm>
#include <array>

#include "stages/storage/read_node.hpp"
#include "stages/storage/read_text.hpp"

namespace ipet::storage {

namespace {

using Sizes = std::array<hsize_t, H5S_MAX_RANK>;

std::string text_of(const std::vector<std::uint64_t>& shape) {
  std::string out = "[";
  for (const std::uint64_t size : shape) out += (out.size() > 1 ? ", " : "") + std::to_string(size);
  return out + "]";
}

/// "float32", "uint16", "text" ... of an element type.
std::string text_of(hid_t type) {
  const std::string bits = std::to_string(8 * H5Tget_size(type));
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return "float" + bits;
    case H5T_INTEGER:
      return (H5Tget_sign(type) == H5T_SGN_NONE ? "uint" : "int") + bits;
    case H5T_STRING:
      return "text";
    case H5T_ENUM:
      return "an enumeration";
    case H5T_COMPOUND:
      return "a table";
    default:
      return "something else";
  }
}

/// Whether every value of `stored` is a value of `wanted`, both numbers.
bool holds(hid_t wanted, hid_t stored) {
  const H5T_class_t kind = H5Tget_class(stored);
  if (kind != H5Tget_class(wanted)) return false;
  const std::size_t size = H5Tget_size(stored), room = H5Tget_size(wanted);
  if (kind == H5T_FLOAT) return size <= room;
  const bool from_signed = H5Tget_sign(stored) != H5T_SGN_NONE,
             to_signed = H5Tget_sign(wanted) != H5T_SGN_NONE;
  if (from_signed == to_signed) return size <= room;
  return to_signed && size < room;
}

}  // namespace

ReadArray::ReadArray(std::shared_ptr<Source> source, std::string path, h5::Dataset dataset)
    : ReadNode(std::move(source), std::move(path)),
      dataset_(std::move(dataset)),
      type_(H5Dget_type(dataset_.get())) {
  const h5::Space space(H5Dget_space(dataset_.get()));
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0 || type_.get() < 0) fail("read its shape");
  Sizes sizes{};
  if (H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr) < 0) fail("read its shape");
  shape_.assign(sizes.begin(), sizes.begin() + rank);

  check_columns();

  chunk_rows_ = std::max<std::uint64_t>(1, rows());
  // HDF5 decodes a chunk whole: one that claims gigabytes would take as much memory.
  constexpr std::uint64_t largest_chunk = 256 << 20;
  const h5::PropertyList create(H5Dget_create_plist(dataset_.get()));
  if (H5Pget_layout(create.get()) == H5D_VIRTUAL || H5Pget_external_count(create.get()) != 0)
    refuse("its values lie in other files, which are not read");
  if (H5Pget_layout(create.get()) != H5D_CHUNKED) return;
  Sizes chunk;
  chunk.fill(1);
  if (H5Pget_chunk(create.get(), rank, chunk.data()) != rank) fail("read its chunks");
  double bytes = static_cast<double>(H5Tget_size(type_.get()));
  for (const hsize_t size : chunk) bytes *= static_cast<double>(size);
  if (bytes > static_cast<double>(largest_chunk)) refuse("has chunks of more than 256 MiB");
  chunk_rows_ = rank > 0 ? chunk[0] : 1;
}

void ReadArray::check_columns() const {
  if (H5Tget_class(type_.get()) != H5T_COMPOUND) return;
  // HDF5 1.10 would read beyond the row.
  const std::size_t row = H5Tget_size(type_.get());
  const int members = H5Tget_nmembers(type_.get());
  for (int i = 0; i < members; ++i) {
    const auto index = static_cast<unsigned>(i);
    const h5::Type member(H5Tget_member_type(type_.get(), index));
    const std::size_t offset = H5Tget_member_offset(type_.get(), index), size = H5Tget_size(member.get());
    if (member.get() < 0 || offset > row || size > row - offset) refuse("a column is outside its row");
  }
}

void ReadArray::expect_shape(const std::vector<std::uint64_t>& shape) const {
  if (shape_ != shape) refuse("shape " + text_of(shape_) + ", not " + text_of(shape));
}

void ReadArray::expect_rows_of(const std::vector<std::uint64_t>& row) const {
  if (shape_.size() == row.size() + 1 && std::equal(row.begin(), row.end(), shape_.begin() + 1)) return;
  std::string wanted = "[rows";
  for (const std::uint64_t size : row) wanted += ", " + std::to_string(size);
  refuse("shape " + text_of(shape_) + ", not " + wanted + "]");
}

void ReadArray::expect_number(hid_t wanted) const {
  if (!holds(wanted, type_.get())) refuse("holds " + text_of(type_.get()) + ", not " + text_of(wanted));
}

std::uint64_t ReadArray::checked_elements(std::uint64_t first, std::uint64_t count,
                                          std::size_t element) const {
  if (first > rows() || count > rows() - first)
    refuse("rows " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
           std::to_string(rows()));
  // Deflate packs 1032 bytes into one at best, so what a file holds bounds what it can give. The size that
  // the dataset claims for itself is as little to be trusted as its shape.
  constexpr double best_packing = 1040;
  if (!stored_)
    stored_ = std::min<std::uint64_t>(H5Dget_storage_size(dataset_.get()), source_->identity.bytes);
  const auto stored = static_cast<double>(*stored_);
  double claimed = static_cast<double>(H5Tget_size(type_.get()));
  for (const std::uint64_t size : shape_) claimed *= static_cast<double>(size);
  if (claimed > stored * best_packing)
    refuse("shape " + text_of(shape_) + ", but the file holds only " +
           std::to_string(static_cast<std::uint64_t>(stored)) + " bytes of it");
  std::uint64_t elements = count;
  for (std::size_t i = 1; i < shape_.size(); ++i) elements *= shape_[i];
  if (elements > std::numeric_limits<std::ptrdiff_t>::max() / element) refuse("too large");
  return elements;
}

void ReadArray::read_rows(std::uint64_t first, std::uint64_t count, hid_t type, void* out) const {
  if (count == 0 || std::find(shape_.begin(), shape_.end(), 0U) != shape_.end()) return;
  source_->check_digest(path_, dataset_.get());
  const h5::Space file(H5Dget_space(dataset_.get()));
  Sizes size{}, start{};
  std::copy(shape_.begin(), shape_.end(), size.begin());
  bool good = true;
  if (!shape_.empty()) {
    size[0] = count;
    start[0] = first;
    good = H5Sselect_hyperslab(file.get(), H5S_SELECT_SET, start.data(), nullptr, size.data(), nullptr) >= 0;
  }
  const h5::Space memory(H5Screate_simple(static_cast<int>(shape_.size()), size.data(), nullptr));
  if (!good || H5Dread(dataset_.get(), type, memory.get(), file.get(), H5P_DEFAULT, out) < 0)
    fail("read rows from " + std::to_string(first));
}

std::vector<std::uint8_t> ReadArray::enumeration(const h5::Type& wanted) const {
  if (H5Tget_class(type_.get()) == H5T_INTEGER) return read<std::uint8_t>();
  // HDF5 1.10 can crash in converting one enumeration to another, so none is ever converted.
  if (H5Tget_class(type_.get()) != H5T_ENUM || H5Tequal(type_.get(), wanted.get()) <= 0)
    refuse("holds " + text_of(type_.get()) + ", not the one that is expected");
  std::vector<std::uint8_t> values(static_cast<std::size_t>(checked_elements(0, rows(), 1)));
  read_rows(0, rows(), wanted.get(), values.data());
  return values;
}

std::vector<std::string> ReadArray::texts() const {
  return read_texts(type_, nullptr);
}

std::vector<std::string> ReadArray::text_column(const char* name) const {
  return read_texts(column_type(name), name);
}

std::vector<std::string> ReadArray::read_texts(const h5::Type& stored, const char* column) const {
  const std::string what = column == nullptr ? "" : "column '" + std::string(column) + "' ";
  if (H5Tget_class(stored.get()) != H5T_STRING)
    refuse(what + "holds " + text_of(stored.get()) + ", not texts");
  if (shape_.size() != 1) refuse("shape " + text_of(shape_) + ", not one list");
  const TextType type(stored);
  const auto count = static_cast<std::size_t>(checked_elements(0, rows(), type.size));
  std::vector<std::string> out;
  if (count == 0) return out;
  const auto read_into = [&](void* bytes) {
    if (column == nullptr)
      read_rows(0, count, type.type.get(), bytes);
    else
      read_column(column, type.type.get(), type.size, bytes);
  };
  if (type.variable) {
    std::vector<char*> pointers(count, nullptr);
    read_into(pointers.data());
    const hsize_t size = count;
    return take(pointers, type, h5::Space(H5Screate_simple(1, &size, nullptr)));
  }
  std::vector<char> bytes(count * type.size);
  read_into(bytes.data());
  for (std::size_t i = 0; i < count; ++i) out.push_back(fixed_text(bytes.data() + i * type.size, type.size));
  return out;
}

bool ReadArray::has_column(const char* name) const {
  return H5Tget_class(type_.get()) == H5T_COMPOUND && H5Tget_member_index(type_.get(), name) >= 0;
}

h5::Type ReadArray::column_type(const char* name) const {
  if (H5Tget_class(type_.get()) != H5T_COMPOUND || shape_.size() != 1) refuse("is not a table");
  const int index = H5Tget_member_index(type_.get(), name);
  if (index < 0) refuse("no column '" + std::string(name) + "'");
  return h5::Type(H5Tget_member_type(type_.get(), static_cast<unsigned>(index)));
}

void ReadArray::expect_number_column(const char* name, hid_t wanted) const {
  const h5::Type stored = column_type(name);
  if (!holds(wanted, stored.get()))
    refuse("column '" + std::string(name) + "' holds " + text_of(stored.get()) + ", not " + text_of(wanted));
}

void ReadArray::expect_enumeration(const char* name, const h5::Type& wanted) const {
  const h5::Type stored = column_type(name);
  if (H5Tget_class(stored.get()) != H5T_ENUM)
    refuse("column '" + std::string(name) + "' holds " + text_of(stored.get()) + ", not an enumeration");
  // HDF5 1.10 can crash in converting one enumeration to another, so none is ever converted.
  if (H5Tequal(stored.get(), wanted.get()) <= 0)
    refuse("column '" + std::string(name) + "' holds another enumeration");
}

void ReadArray::expect_table(const h5::Type& wanted) const {
  const int members = H5Tget_nmembers(wanted.get());
  for (int i = 0; i < members; ++i) {
    char* const raw = H5Tget_member_name(wanted.get(), static_cast<unsigned>(i));
    const std::string name = raw == nullptr ? "" : raw;
    H5free_memory(raw);
    const h5::Type member(H5Tget_member_type(wanted.get(), static_cast<unsigned>(i)));
    if (H5Tget_class(member.get()) != H5T_ENUM) {
      expect_number_column(name.c_str(), member.get());
    } else {
      expect_enumeration(name.c_str(), member);
    }
  }
}

void ReadArray::read_column(const char* name, hid_t type, std::size_t size, void* out) const {
  const h5::Type row(H5Tcreate(H5T_COMPOUND, size));
  if (H5Tinsert(row.get(), name, 0, type) < 0) fail("read column '" + std::string(name) + "'");
  read_rows(0, rows(), row.get(), out);
}

std::vector<bool> ReadArray::flag_column(const char* name) const {
  const h5::Type wanted = bool_type();
  expect_enumeration(name, wanted);
  std::vector<std::int8_t> bytes(static_cast<std::size_t>(checked_elements(0, rows(), 1)));
  read_column(name, wanted.get(), 1, bytes.data());
  std::vector<bool> out;
  for (const std::int8_t byte : bytes) {
    if (byte != 0 && byte != 1) refuse("column '" + std::string(name) + "' holds what is no bool");
    out.push_back(byte == 1);
  }
  return out;
}

}  // namespace ipet::storage
