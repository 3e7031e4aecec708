// Edits result files through HDF5, as h5py would.
#include "tests/fuzz/result_editor.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "stages/storage/handle.hpp"
#include "stages/storage/seal.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
namespace h5 = storage::h5;

bool holds_pointers(hid_t type) {
  return H5Tdetect_class(type, H5T_VLEN) > 0 || H5Tdetect_class(type, H5T_REFERENCE) > 0 ||
         H5Tis_variable_str(type) > 0 || H5Tget_class(type) == H5T_COMPOUND;
}
/// Whether bytes of its values can be changed at will. Compounds can, where none of their members points
/// anywhere.
bool is_plain(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND) return !holds_pointers(type);
  for (int i = 0; i < H5Tget_nmembers(type); ++i) {
    const h5::Type member(H5Tget_member_type(type, static_cast<unsigned>(i)));
    if (holds_pointers(member.get())) return false;
  }
  return true;
}

/// Edits a file through HDF5, as h5py would: what comes out is whole.
class Editor {
 public:
  Editor(const fs::path& path, const ResultFile& before, Parts& parts)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)), before_(before), parts_(parts) {
    require(file_.get() >= 0, "the file before the edits is none of HDF5");
  }

  void edit() {
    switch (parts_.byte() % 8) {
      case 0:
      case 1:
        return change_values();
      case 2:
        H5Ldelete(file_.get(), object().c_str(), H5P_DEFAULT);
        return;
      case 3:
        return replace_dataset();
      case 4:
        return change_attribute();
      case 5:
        return replace_attribute();
      case 6:
        return relink();
      default:
        return copy();
    }
  }

 private:
  template <class List>
  const auto& chosen(const List& list) {
    return list[parts_.number<std::uint16_t>() % list.size()];
  }
  const std::string& object() { return chosen(before_.objects); }
  const std::string& dataset() { return chosen(before_.datasets); }

  void change(std::vector<std::uint8_t>& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = parts_.number<std::uint16_t>() % bytes.size();
    const Bytes with = parts_.take(1 + parts_.byte() % 16);
    std::copy_n(with.begin(), std::min(with.size(), bytes.size() - at),
                bytes.begin() + static_cast<std::ptrdiff_t>(at));
  }

  void change_values() {
    const h5::Dataset data(H5Dopen2(file_.get(), dataset().c_str(), H5P_DEFAULT));
    if (data.get() < 0) return;
    const h5::Type type(H5Dget_type(data.get()));
    const h5::Space space(H5Dget_space(data.get()));
    const hssize_t count = H5Sget_simple_extent_npoints(space.get());
    if (!is_plain(type.get()) || count < 0 || count > most_elements) return;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count) * H5Tget_size(type.get()));
    if (H5Dread(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()) < 0) return;
    change(bytes);
    H5Dwrite(data.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
  }

  void change_attribute() {
    const Attribute& one = chosen(before_.attributes);
    const h5::Attribute attribute(
        H5Aopen_by_name(file_.get(), one.object.c_str(), one.name.c_str(), H5P_DEFAULT, H5P_DEFAULT));
    if (attribute.get() < 0) return;
    const h5::Type type(H5Aget_type(attribute.get()));
    if (!is_plain(type.get())) return;
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(H5Aget_storage_size(attribute.get())));
    if (bytes.size() > most_elements || H5Aread(attribute.get(), type.get(), bytes.data()) < 0) return;
    change(bytes);
    H5Awrite(attribute.get(), type.get(), bytes.data());
  }

  h5::Type some_type() {
    const std::uint8_t choice = parts_.byte();
    const hid_t plain[] = {H5T_STD_I8LE,  H5T_STD_U16LE,  H5T_STD_U32BE,  H5T_STD_I64LE,
                           H5T_STD_U64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_C_S1};
    if (choice % 4 != 0) {  // of another dataset
      const h5::Dataset other(H5Dopen2(file_.get(), dataset().c_str(), H5P_DEFAULT));
      if (other.get() >= 0) return h5::Type(H5Dget_type(other.get()));
    }
    h5::Type made(H5Tcopy(plain[choice / 4 % std::size(plain)]));
    if (H5Tget_class(made.get()) == H5T_STRING)
      H5Tset_size(made.get(), choice % 8 == 0 ? H5T_VARIABLE : 1 + choice);
    return made;
  }
  h5::Space some_space(unsigned& rank, hsize_t* size) {
    static constexpr hsize_t sizes[] = {
        0, 1, 2, 3, 4, 8, 1000, hsize_t{1} << 20, hsize_t{1} << 40, hsize_t{1} << 62};
    rank = parts_.byte() % 4;
    for (unsigned i = 0; i < rank; ++i) size[i] = sizes[parts_.byte() % std::size(sizes)];
    return h5::Space(rank == 0 ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(rank), size, nullptr));
  }

  void replace_dataset() {
    const std::string& path = dataset();
    const h5::Type type = some_type();
    unsigned rank = 0;
    hsize_t size[3] = {}, chunk[3] = {};
    const h5::Space space = some_space(rank, size);
    const h5::PropertyList how(H5Pcreate(H5P_DATASET_CREATE));
    if (rank > 0) {
      for (unsigned i = 0; i < rank; ++i) chunk[i] = 1 + parts_.byte() % 4;
      H5Pset_chunk(how.get(), static_cast<int>(rank), chunk);  // nothing is stored until it is written
    }
    H5Ldelete(file_.get(), path.c_str(), H5P_DEFAULT);
    const h5::Dataset made(
        H5Dcreate2(file_.get(), path.c_str(), type.get(), space.get(), H5P_DEFAULT, how.get(), H5P_DEFAULT));
  }

  void replace_attribute() {
    const Attribute& one = chosen(before_.attributes);
    H5Adelete_by_name(file_.get(), one.object.c_str(), one.name.c_str(), H5P_DEFAULT);
    const std::uint8_t choice = parts_.byte();
    const h5::Object object(H5Oopen(file_.get(), one.object.c_str(), H5P_DEFAULT));
    if (choice % 3 == 0 || object.get() < 0) return;
    const h5::Type type(choice % 3 == 1 ? H5Tcopy(H5T_STD_I64LE) : H5Tcopy(H5T_IEEE_F64LE));
    const hsize_t size = choice / 3 % 3;
    const h5::Space space(size == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &size, nullptr));
    const h5::Attribute made(
        H5Acreate2(object.get(), one.name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT));
    std::int64_t values[2] = {parts_.number<std::int64_t>(), 0};
    if (made.get() >= 0) H5Awrite(made.get(), type.get(), values);
  }

  void relink() {
    const std::string& from = object();
    const std::string& to = object();
    switch (parts_.byte() % 3) {
      case 0:
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lmove(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      case 1:  // also of a group into itself
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lcreate_hard(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
        return;
      default:
        H5Ldelete(file_.get(), to.c_str(), H5P_DEFAULT);
        H5Lcreate_soft(from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
    }
  }

  /// Under another name in the same group, which the input chooses.
  void copy() {
    const std::string& from = object();
    std::string name(text_of(parts_.take(1 + parts_.byte() % 12)));
    std::erase_if(name, [](char c) { return c == '\0' || c == '/'; });
    if (name.empty() || name == "." || from == "/") return;
    const std::string to = from.substr(0, from.rfind('/') + 1) + name;
    H5Ocopy(file_.get(), from.c_str(), file_.get(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT);
  }

  static constexpr hssize_t most_elements = 1 << 16;
  h5::File file_;
  const ResultFile& before_;
  Parts& parts_;
};

}  // namespace

void edit_result(const fs::path& path, const ResultFile& before, Bytes edits) {
  constexpr int most_edits = 20;
  const h5::Library library;
  Parts parts(edits);
  Editor editor(path, before, parts);
  for (int i = 0; i < most_edits && !parts.empty(); ++i) editor.edit();
}

void forge_seal(const fs::path& path) {
  const std::vector<std::uint8_t> bytes = bytes_in(path);
  const auto read = [&](std::uint64_t offset, char* into, std::size_t size) {
    if (offset + size > bytes.size()) return false;
    std::memcpy(into, bytes.data() + offset, size);
    return true;
  };
  std::ofstream(path, std::ios::binary | std::ios::app)
      << storage::seal_block(bytes.size(), {}, read, path.string());
}

}  // namespace ipet::fuzz
