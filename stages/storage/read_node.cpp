#include "stages/storage/read_node.hpp"

#include <algorithm>
#include <cmath>

#include "pipeline/text/printable.hpp"
#include "stages/files/object_names.hpp"
#include "stages/storage/format.hpp"
#include "stages/storage/read_text.hpp"

namespace ipet::storage {

namespace {

/// Whoever made the file chose the names in it.
[[noreturn]] void refuse_object(const Source& source, const std::string& path, const std::string& text) {
  throw StorageError(source.shown + ": " + text::printable(path) + ": " + text);
}

}  // namespace

void ReadNode::refuse(const std::string& text) const {
  refuse_object(*source_, path_, text);
}

void ReadNode::fail(const std::string& action) const {
  source_->check_unchanged();
  h5::fail(source_->shown, path_, action);
}

h5::Attribute ReadNode::open_attribute(const char* name) const {
  if (!has_attribute(name)) refuse("no attribute '" + std::string(name) + "'");
  h5::Attribute attribute(H5Aopen(id(), name, H5P_DEFAULT));
  if (attribute.get() < 0) fail("open attribute '" + std::string(name) + "'");
  return attribute;
}

ReadNode::Integer ReadNode::integer(const char* name) const {
  const h5::Attribute attribute = open_attribute(name);
  const h5::Type type(H5Aget_type(attribute.get()));
  const h5::Space space(H5Aget_space(attribute.get()));
  if (H5Tget_class(type.get()) != H5T_INTEGER || H5Sget_simple_extent_npoints(space.get()) != 1)
    refuse_attribute(name, "is not a whole number");
  Integer value;
  if (H5Tget_size(type.get()) > 8) refuse_attribute(name, "has more than 64 bits");
  if (H5Tget_sign(type.get()) == H5T_SGN_NONE) {
    if (H5Aread(attribute.get(), H5T_NATIVE_UINT64, &value.high) < 0) fail("read attribute");
    return value;
  }
  if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &value.low) < 0) fail("read attribute");
  value.negative = value.low < 0;
  if (!value.negative) value.high = static_cast<std::uint64_t>(value.low);
  return value;
}

double ReadNode::real(const char* name) const {
  const h5::Attribute attribute = open_attribute(name);
  const h5::Type type(H5Aget_type(attribute.get()));
  const h5::Space space(H5Aget_space(attribute.get()));
  const H5T_class_t kind = H5Tget_class(type.get());
  if ((kind != H5T_INTEGER && kind != H5T_FLOAT) || H5Sget_simple_extent_npoints(space.get()) != 1)
    refuse_attribute(name, "is not a number");
  double value = 0;
  if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value) < 0) fail("read attribute");
  if (!std::isfinite(value)) refuse_attribute(name, "is not a finite number");
  return value;
}

bool ReadNode::flag(const char* name) const {
  const h5::Attribute attribute = open_attribute(name);
  const h5::Type stored(H5Aget_type(attribute.get()));
  const bool number = H5Tget_class(stored.get()) == H5T_INTEGER;  // else as in format 3
  const h5::Type wanted = number ? h5::Type(H5Tcopy(H5T_NATIVE_INT8)) : bool_type();
  const h5::Space space(H5Aget_space(attribute.get()));
  std::int8_t value = -1;
  if ((!number && H5Tequal(stored.get(), wanted.get()) <= 0) ||
      H5Sget_simple_extent_npoints(space.get()) != 1 || H5Aread(attribute.get(), wanted.get(), &value) < 0 ||
      value < 0 || value > 1)
    refuse_attribute(name, "is not a bool");
  return value == 1;
}

std::string ReadNode::text(const char* name) const {
  const std::vector<std::string> all = texts(name);
  if (all.size() != 1) refuse_attribute(name, "holds " + std::to_string(all.size()) + " texts, not one");
  return all.front();
}

std::vector<std::string> ReadNode::texts(const char* name) const {
  const h5::Attribute attribute = open_attribute(name);
  const h5::Type stored(H5Aget_type(attribute.get()));
  if (H5Tget_class(stored.get()) != H5T_STRING) refuse_attribute(name, "is not a text");
  const h5::Space space(H5Aget_space(attribute.get()));
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  const TextType type(stored);
  // No text of an attribute takes less room in the file than its length, or than a reference to it.
  if (points < 0 ||
      static_cast<std::uint64_t>(points) > source_->identity.bytes / std::max<std::size_t>(1, type.size))
    refuse_attribute(name, "claims more texts than the file can hold");
  const auto count = static_cast<std::size_t>(points);
  std::vector<std::string> out;
  if (count == 0) return out;
  if (type.variable) {
    std::vector<char*> pointers(count, nullptr);
    if (H5Aread(attribute.get(), type.type.get(), pointers.data()) < 0) fail("read attribute");
    return take(pointers, type, space);
  }
  std::vector<char> bytes(count * type.size);
  if (H5Aread(attribute.get(), type.type.get(), bytes.data()) < 0) fail("read attribute");
  for (std::size_t i = 0; i < count; ++i) out.push_back(fixed_text(bytes.data() + i * type.size, type.size));
  return out;
}

std::vector<std::string> ReadGroup::names() const {
  std::vector<std::string> out;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  if (H5Literate(id_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &out) < 0) fail("list");
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> ReadGroup::original_names() const {
  std::vector<std::string> out = names();
  for (std::string& name : out) name = decode_name(name);
  return out;
}

bool ReadGroup::is_dataset(const std::string& name) const {
  if (!has(name)) refuse_object(*source_, child(name), "missing");
  H5L_info_t link;
  if (H5Lget_info(id_.get(), name.c_str(), &link, H5P_DEFAULT) < 0)
    h5::fail(source_->shown, child(name), "open");
  // A soft link may lead through one to another file.
  if (link.type != H5L_TYPE_HARD)
    refuse_object(*source_, child(name),
                  link.type == H5L_TYPE_SOFT
                      ? "a soft link, which may lead to another file and is not followed"
                      : "a link to another file, which is not followed");
  // H5Oget_info_by_name would be shorter, but takes other arguments from HDF5 1.12 on.
  const h5::Object object(H5Oopen(id_.get(), name.c_str(), H5P_DEFAULT));
  if (object.get() < 0) h5::fail(source_->shown, child(name), "open");
  return H5Iget_type(object.get()) == H5I_DATASET;
}

void ReadGroup::group_missing(const std::string& name, const std::string& hint) const {
  refuse_object(*source_, child(name), "missing; " + hint);
}

ReadGroup ReadGroup::group(const std::string& name) const {
  if (is_dataset(name)) refuse_object(*source_, child(name), "is a dataset, not a group");
  h5::GroupId id(H5Gopen2(id_.get(), name.c_str(), H5P_DEFAULT));
  if (id.get() < 0) h5::fail(source_->shown, child(name), "open");
  return {source_, child(name), std::move(id)};
}

ReadArray ReadGroup::array(const std::string& name) const {
  if (!is_dataset(name)) refuse_object(*source_, child(name), "is a group, not a dataset");
  h5::Dataset id(H5Dopen2(id_.get(), name.c_str(), H5P_DEFAULT));
  if (id.get() < 0) h5::fail(source_->shown, child(name), "open");
  return {source_, child(name), std::move(id)};
}

void Source::check_unchanged() const {
  const FileIdentity now = identify(path, shown, "vanished while it was being read: ");
  if (now.bytes != identity.bytes)
    throw StorageError(shown + ": changed while it was being read: " + std::to_string(identity.bytes) +
                       " bytes became " + std::to_string(now.bytes));
  // Not the time of the last change of its name, links or owner.
  if (now.device != identity.device || now.number != identity.number || now.written != identity.written)
    throw StorageError(shown + ": changed while it was being read");
}

namespace {

void warn_of_doubt(const Source& source, const OpenFile& opened, int version) {
  if (opened.sealed || !source.warn) return;
  const std::string foreign = "; it was looked through like any foreign file";
  if (version < format_version)
    source.warn(source.shown + ": of format version " + std::to_string(version) +
                ", written by an older ipet without digests" + foreign);
  else
    source.warn(source.shown + ": " + opened.doubt + ": edited, damaged or made by another program" +
                foreign);
}

/// Empty where there are none that can be read: what is not checked is not trusted either.
std::map<std::string, std::string> read_digests(const ReadGroup& root) {
  std::map<std::string, std::string> digests;
  try {
    if (!root.has("provenance") || !root.group("provenance").has("digests")) return {};
    const ReadTable table = root.group("provenance").table("digests");
    const auto path = table.text_column("path"), digest = table.text_column("digest");
    for (std::size_t i = 0; i < path.size(); ++i) digests[path[i]] = digest[i];
  } catch (const StorageError&) {
    return {};
  }
  return digests;
}

}  // namespace

ReadGroup root_of(const std::filesystem::path& path, OpenFile opened, const Warn& warn,
                  const std::function<void()>& while_waiting) {
  const int version = version_of(opened, path.string());
  auto source = std::make_shared<Source>();
  source->shown = path.string();
  source->path = std::filesystem::absolute(path);
  source->identity = opened.identity;
  source->sealed = opened.sealed;
  source->warn = warn;
  source->while_waiting = while_waiting;
  source->file = std::move(opened.file);
  warn_of_doubt(*source, opened, version);
  h5::GroupId root(H5Gopen2(source->file.get(), "/", H5P_DEFAULT));
  if (root.get() < 0) h5::fail(source->shown, "/", "open");
  ReadGroup made(source, "/", std::move(root));
  source->digests = read_digests(made);
  return made;
}

}  // namespace ipet::storage
