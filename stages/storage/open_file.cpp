#include "stages/storage/open_file.hpp"

#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stages/files/raw_io.hpp"
#include "stages/storage/seal.hpp"

namespace ipet::storage {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

FileIdentity identity_of(const struct stat& about) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {static_cast<std::uint64_t>(about.st_size), static_cast<std::int64_t>(about.st_dev),
          static_cast<std::int64_t>(about.st_ino), nanoseconds(about.st_mtim), nanoseconds(about.st_ctim)};
}

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& file, const std::string& shown)
      : shown_(shown), number_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (number_ < 0) throw StorageError(shown + ": " + reason(errno));
  }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { ::close(number_); }

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] FileIdentity identity() const {
    struct stat about {};
    if (::fstat(number_, &about) != 0) throw StorageError(shown_ + ": " + reason(errno));
    if (!S_ISREG(about.st_mode)) throw StorageError(shown_ + ": not a file: HDF5 files cannot be streams");
    return identity_of(about);
  }
  bool read(std::uint64_t offset, char* into, std::size_t size) const {
    int error = 0;
    return read_at(number_, offset, into, size, error) == size;
  }

 private:
  std::string shown_;
  int number_;
};

/// Looks through a file unless this process has.
void walk_once(const Descriptor& file, const FileIdentity& identity, const std::string& shown,
               const Walker& walker) {
  static std::mutex mutex;
  static std::set<FileIdentity> walked;
  {
    const std::lock_guard lock(mutex);
    if (walked.contains(identity)) return;
  }
  walk_hdf5(file.number(), identity.bytes, shown, walker);
  const std::lock_guard lock(mutex);
  walked.insert(identity);
}

}  // namespace

FileIdentity identify(const std::filesystem::path& file, const std::string& shown,
                      const std::string& otherwise) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) throw StorageError(shown + ": " + otherwise + reason(errno));
  return identity_of(about);
}

OpenFile open_guarded(const std::filesystem::path& path, const Walker& walker) {
  const std::string shown = path.string();
  const Descriptor file(path, shown);
  OpenFile opened;
  opened.identity = file.identity();
  const Seal seal = check_seal(
      opened.identity.bytes,
      [&](std::uint64_t offset, char* into, std::size_t size) { return file.read(offset, into, size); });
  opened.sealed = seal == Seal::intact;
  if (seal == Seal::absent) opened.doubt = "has no digests of ipet behind its end";
  if (seal == Seal::broken) opened.doubt = "is not as ipet wrote it, by the digest behind its end";
  if (!opened.sealed) walk_once(file, opened.identity, shown, walker);
  const h5::Library library;
  // The descriptor, not the path, which may name another file by now.
  const std::string same = "/proc/self/fd/" + std::to_string(file.number());
  h5::File made(H5Fopen(same.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
  const std::string why = made.get() < 0 ? h5::last_error() : "";
  if (file.identity() != opened.identity) throw StorageError(shown + ": changed while it was being opened");
  if (made.get() < 0) throw StorageError(shown + ": not an HDF5 file: " + why);
  opened.file = std::move(made);
  return opened;
}

}  // namespace ipet::storage
