#include "stages/storage/disk_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "stages/files/publish.hpp"
#include "stages/files/raw_io.hpp"

namespace ipet::storage {

namespace {

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

/// What HDF5 sees of a DiskFile. HDF5 owns it, and casts between it and its first member.
struct Driver {
  H5FD_t base;
  DiskFile* file;
  haddr_t end_of_allocation;
};

Driver& driver(H5FD_t* base) {
  return *reinterpret_cast<Driver*>(base);
}
const Driver& driver(const H5FD_t* base) {
  return *reinterpret_cast<const Driver*>(base);
}

H5FD_t* open_driver(const char*, unsigned, hid_t access, haddr_t) {
  const void* info = H5Pget_driver_info(access);
  if (info == nullptr) return nullptr;
  auto* made = new Driver{};
  made->file = *static_cast<DiskFile* const*>(info);
  return &made->base;
}
herr_t close_driver(H5FD_t* base) {
  delete &driver(base);
  return 0;
}
herr_t query(const H5FD_t*, unsigned long* flags) {
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA;
  return 0;
}
haddr_t end_of_allocation(const H5FD_t* base, H5FD_mem_t) {
  return driver(base).end_of_allocation;
}
herr_t set_end_of_allocation(H5FD_t* base, H5FD_mem_t, haddr_t address) {
  driver(base).end_of_allocation = address;
  return 0;
}
haddr_t end_of_file(const H5FD_t* base, H5FD_mem_t) {
  return driver(base).file->end();
}
herr_t read(H5FD_t* base, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* buffer) {
  return driver(base).file->read(address, buffer, size) ? 0 : -1;
}
herr_t write(H5FD_t* base, H5FD_mem_t type, hid_t, haddr_t address, size_t size, const void* buffer) {
  driver(base).file->write(address, buffer, size, type == H5FD_MEM_DRAW);
  return 0;
}
herr_t truncate(H5FD_t* base, hid_t, hbool_t) {
  driver(base).file->resize(driver(base).end_of_allocation);
  return 0;
}

H5FD_class_t driver_class() {
  H5FD_class_t made{};
#ifdef H5FD_CLASS_VERSION  // HDF5 1.14 on
  made.version = H5FD_CLASS_VERSION;
  made.value = H5_VFD_RESERVED + 255;  // those below are the library's; no file keeps it
#endif
  made.name = "ipet_disk_file";
  made.maxaddr = static_cast<haddr_t>(INT64_MAX);
  made.fc_degree = H5F_CLOSE_STRONG;  // handles left open by an exception close with the file
  made.fapl_size = sizeof(DiskFile*);
  made.open = open_driver;
  made.close = close_driver;
  made.query = query;
  made.get_eoa = end_of_allocation;
  made.set_eoa = set_end_of_allocation;
  made.get_eof = end_of_file;
  made.read = read;
  made.write = write;
  made.truncate = truncate;
  const H5FD_mem_t map[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(made.fl_map));
  return made;
}

hid_t registered_driver() {
  static const H5FD_class_t description = driver_class();
  static const hid_t id = H5FDregister(&description);
  return id;
}

}  // namespace

DiskFile::DiskFile(Staging& staging, std::string shown)
    : staging_(staging),
      file_(staging.next_name()),
      shown_(std::move(shown)),
      descriptor_(create_file(file_, true, shown_)) {}

DiskFile::~DiskFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!file_.empty()) ::unlink(file_.c_str());
}

h5::PropertyList DiskFile::access() {
  h5::PropertyList list(H5Pcreate(H5P_FILE_ACCESS));
  DiskFile* self = this;
  if (list.get() < 0 || H5Pset_driver(list.get(), registered_driver(), &self) < 0 ||
      H5Pset_fclose_degree(list.get(), H5F_CLOSE_STRONG) < 0)
    h5::fail(shown_, "", "set up HDF5's file driver");
  return list;
}

void DiskFile::check() const {
  staging_.writing();
  if (error_ != 0) throw StorageError(shown_ + ": " + reason_of(error_));
}

void DiskFile::write(std::uint64_t offset, const void* data, std::size_t size, bool raw) {
  if (raw && counts_raw_ && size > 0) {
    if (!raw_.empty() && raw_.back().offset + raw_.back().size == offset)
      raw_.back().size += size;
    else
      raw_.push_back({offset, size});
  }
  end_ = std::max(end_, offset + size);
  std::size_t done = 0;
  if (error_ == 0) error_ = write_at(descriptor_, offset, data, size, &done);
  const char* bytes = static_cast<const char*>(data);
  if (done < size) patches_.push_back({offset + done, {bytes + done, bytes + size}});
}

bool DiskFile::read(std::uint64_t offset, void* data, std::size_t size) const {
  auto* bytes = static_cast<char*>(data);
  int error = 0;
  const std::size_t done = read_at(descriptor_, offset, data, size, error);
  if (error != 0) return false;
  std::memset(bytes + done, 0, size - done);
  for (const Patch& patch : patches_) {
    const std::uint64_t from = std::max(offset, patch.offset);
    const std::uint64_t to = std::min(offset + size, patch.offset + patch.bytes.size());
    if (from < to)
      std::memcpy(bytes + (from - offset), patch.bytes.data() + (from - patch.offset), to - from);
  }
  return true;
}

void DiskFile::resize(std::uint64_t size) {
  end_ = size;
  if (error_ == 0 && ::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) error_ = errno;
}

std::vector<Range> DiskFile::raw_ranges() const {
  std::vector<Range> sorted = raw_, merged;
  std::ranges::sort(sorted, {}, &Range::offset);
  for (const Range& range : sorted) {
    if (merged.empty() || range.offset > merged.back().offset + merged.back().size)
      merged.push_back(range);
    else
      merged.back().size = std::max(merged.back().size, range.offset + range.size - merged.back().offset);
  }
  return merged;
}

void DiskFile::seal() {
  check();
  const std::string block = seal_block(
      end_, raw_ranges(),
      [this](std::uint64_t offset, char* into, std::size_t size) { return read(offset, into, size); },
      shown_);
  write(end_, block.data(), block.size());
  check();
}

std::filesystem::path DiskFile::hand_over() {
  check();
  flush_to_disk(descriptor_, shown_);
  return std::exchange(file_, {});
}

}  // namespace ipet::storage
