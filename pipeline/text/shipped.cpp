#include "pipeline/text/shipped.hpp"

#ifndef IPET_SHARE_FROM_PROGRAM
#define IPET_SHARE_FROM_PROGRAM "../share/ipet"
#endif

namespace ipet::text {

namespace fs = std::filesystem;

fs::path program_file() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

fs::path shipped_folder() {
  return (program_file().parent_path() / IPET_SHARE_FROM_PROGRAM).lexically_normal();
}

std::string with_shipped(const std::string& path) {
  std::error_code error;
  if (path.empty() || fs::path(path).is_absolute() || fs::exists(path, error)) return path;
  const fs::path shipped = shipped_folder() / path;
  return fs::exists(shipped, error) ? shipped.string() : path;
}

}  // namespace ipet::text
