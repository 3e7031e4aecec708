#include "stages/traffic/found_devices.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <stdexcept>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ipet::traffic {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, int error) {
  throw std::runtime_error("cannot write " + path.string() + ": " + std::strerror(error));
}

/// devices.toml, devices.found.toml, devices.found.2.toml ...
fs::path candidate(const fs::path& folder, unsigned number) {
  if (number == 0) return folder / "devices.toml";
  return folder / (number == 1 ? "devices.found.toml" : "devices.found." + std::to_string(number) + ".toml");
}

bool holds(const fs::path& path, const std::string& text) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream there;
  return in && there << in.rdbuf() && there.str() == text;
}

/// A complete file in the same folder, without its final name yet; removed unless it gets one.
class Draft {
 public:
  Draft(const fs::path& folder, const std::string& text)
      : path_((folder / (std::string(prefix) + "XXXXXX")).string()) {
    remove_those_of_killed_runs(folder);
    const int file = ::mkostemp(path_.data(), O_CLOEXEC);
    if (file < 0) fail(folder / "devices.toml", errno);
    int error = ::fchmod(file, 0644) == 0 ? 0 : errno;
    for (std::size_t at = 0; error == 0 && at < text.size();) {
      const ssize_t written = ::write(file, text.data() + at, text.size() - at);
      if (written > 0) at += static_cast<std::size_t>(written);
      if (written < 0 && errno != EINTR) error = errno;
    }
    if (error == 0 && ::fsync(file) != 0) error = errno;
    if (::close(file) != 0 && error == 0) error = errno;
    if (error == 0) return;
    ::unlink(path_.c_str());
    fail(folder / "devices.toml", error);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  ~Draft() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  /// False when another file has that name.
  bool take_free_name(const fs::path& path) {
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) {
      path_.clear();
      return true;
    }
    if (errno == EEXIST) return false;
    if (errno != EINVAL && errno != ENOSYS) fail(path, errno);
    std::error_code error;  // a file system that cannot tell
    if (fs::symlink_status(path, error).type() != fs::file_type::not_found) return false;
    replace(path);
    return true;
  }
  void replace(const fs::path& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) fail(path, errno);
    path_.clear();
  }

 private:
  static constexpr std::string_view prefix = ".ipet-devices-";

  /// One run at a time works in an output folder.
  static void remove_those_of_killed_runs(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename();
      if (name.starts_with(prefix) && name.size() == prefix.size() + 6 &&
          fs::is_regular_file(entry.symlink_status(error)))
        found.push_back(entry.path());
    }
    for (const fs::path& draft : found) ::unlink(draft.c_str());
  }

  std::string path_;
};

}  // namespace

std::string discovered_name(const MacAddress& mac) {
  std::string digits = mac.text();
  std::erase(digits, ':');
  return digits.substr(0, 6) + "-" + digits.substr(6);
}

std::string found_devices_text(const std::vector<Network>& local_networks,
                               std::vector<DiscoveredDevice> devices) {
  std::sort(devices.begin(), devices.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::ostringstream out;
  out << "# Devices found by device_splitter, which had no devices file. Name them, delete what is not a "
         "device,\n"
         "# and give this file as option 'devices'.\nlocal_networks = [";
  for (std::size_t i = 0; i < local_networks.size(); ++i)
    out << (i > 0 ? ", " : "") << '"' << local_networks[i].text() << '"';
  out << "]\n";
  for (const DiscoveredDevice& device : devices) {
    out << "\n[[device]]\nname = \"" << device.name << "\"\n";
    if (device.mac.empty())
      out << "ip = [\"" << device.address << "\"]\n";
    else
      out << "mac = \"" << device.mac << "\"\n";
    out << "description = \"" << device.packets << " packets across the gateway\"\n";
  }
  return out.str();
}

fs::path write_found_devices(const fs::path& folder, const std::string& text, const fs::path& before) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (unsigned number = 0;; ++number) {
    const fs::path path = candidate(folder, number);
    const bool there = fs::symlink_status(path, error).type() != fs::file_type::not_found;
    if (path == before && there) {
      if (!holds(path, text)) Draft(folder, text).replace(path);
      return path;
    }
    if (there && !holds(path, text)) continue;
    if (!there) {
      Draft draft(folder, text);
      if (!draft.take_free_name(path)) continue;
    }
    if (!before.empty()) fs::remove(before, error);
    return path;
  }
}

}  // namespace ipet::traffic
