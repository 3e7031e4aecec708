#include "tests/fuzz/result_file.hpp"

#include <array>
#include <fstream>
#include <iterator>

#include <zlib.h>

#include "stages/storage/handle.hpp"

namespace ipet::fuzz {

namespace {

namespace fs = std::filesystem;
namespace h5 = storage::h5;

herr_t note_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

void list(hid_t file, const std::string& path, ResultFile& into) {
  const h5::Object object(H5Oopen(file, path.c_str(), H5P_DEFAULT));
  into.objects.push_back(path);
  std::vector<std::string> names;
  hsize_t at = 0;
  H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_INC, &at, note_attribute, &names);
  for (const std::string& name : names) into.attributes.push_back({path, name});
  if (H5Iget_type(object.get()) == H5I_DATASET) return into.datasets.push_back(path);
  const auto link = [](hid_t, const char* name, const H5L_info_t*, void* into) -> herr_t {
    static_cast<std::vector<std::string>*>(into)->emplace_back(name);
    return 0;
  };
  std::vector<std::string> links;
  H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, link, &links);
  for (const std::string& name : links) list(file, (path == "/" ? "" : path) + "/" + name, into);
}

std::vector<std::uint8_t> unpacked(const fs::path& path) {
  const gzFile file = gzopen(path.c_str(), "rb");
  require(file != nullptr, "cannot read " + path.string());
  std::vector<std::uint8_t> out;
  std::array<std::uint8_t, 1 << 14> some{};
  int got = 0;
  while ((got = gzread(file, some.data(), some.size())) > 0)
    out.insert(out.end(), some.begin(), some.begin() + got);
  gzclose(file);
  require(got == 0, "cannot unpack " + path.string());
  return out;
}

ResultFile read(const char* name) {
  return described(unpacked(fs::path(IPET_SOURCE_DIR) / "tests/fuzz" / name));
}

}  // namespace

std::vector<std::uint8_t> bytes_in(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

ResultFile described(std::vector<std::uint8_t> bytes) {
  ResultFile out;
  const fs::path path = scratch_file("described.h5", bytes);
  out.bytes = std::move(bytes);
  {
    const h5::Library library;
    const h5::File file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT));
    require(file.get() >= 0, "a result file that HDF5 cannot open");
    list(file.get(), "/", out);
    if (H5Lexists(file.get(), "/provenance", H5P_DEFAULT) > 0)
      H5Ldelete(file.get(), "/provenance/digests", H5P_DEFAULT);
  }
  out.editable = bytes_in(path);
  return out;
}

const ResultFile& result_file() {
  static const ResultFile file = read("result.h5.gz");
  return file;
}

const ResultFile& old_result_file() {
  static const ResultFile file = read("format3.h5.gz");
  return file;
}

}  // namespace ipet::fuzz
