#include "pipeline/run/made_files.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/run/checksum.hpp"
#include "pipeline/text/percent.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using text::percent_encoded;

[[noreturn]] void fail_to_make(const fs::path& file, const std::string& doing) {
  throw std::system_error(errno, std::generic_category(), "cannot " + doing + " '" + file.string() + "'");
}

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { ::close(number); }
  const int number;
};

/// The version that the file is, if any. What was touched, or copied together with its record, is still the
/// same: then its content tells. `checksum` is that of the file once it was read.
const MadeFile* same(const fs::path& file, const MadeFile& seen, const std::vector<MadeFile>& versions,
                     std::string& checksum) {
  for (const MadeFile& made : versions) {
    if (seen.bytes == made.bytes && seen.modified == made.modified && seen.inode == made.inode) return &made;
  }
  for (const MadeFile& made : versions) {
    if (seen.bytes != made.bytes) continue;
    if (checksum.empty()) checksum = checksum_file(file).checksum;
    if (made.checksum == checksum) return &made;
  }
  return nullptr;
}

Json to_json(const MadeFile& file) {
  return {{"bytes", file.bytes},
          {"modified_ns", file.modified},
          {"inode", file.inode},
          {"xxh3_128", file.checksum},
          {"definition", file.definition},
          {"inputs", file.inputs},
          {"interrupted", file.interrupted},
          {"result", percent_encoded(file.result)}};
}

std::string name_of(const Json& json) {
  return text::percent_decoded(json.get<std::string>());
}

MadeFile made_file(const Json& json) {
  return {json.at("bytes"),      json.at("modified_ns"), json.at("inode"),       json.at("xxh3_128"),
          json.at("definition"), json.at("inputs"),      json.at("interrupted"), name_of(json.at("result"))};
}

}  // namespace

MadeFiles::MadeFiles(fs::path folder) : folder_(std::move(folder)) {
  std::ifstream in(file_of(folder_), std::ios::binary);
  if (!in) return;
  try {
    const Json json = Json::parse(in);
    for (const auto& [name, versions] : json.at("files").items()) {
      for (const Json& version : versions) files[text::percent_decoded(name)].push_back(made_file(version));
    }
    for (const Json& each : json.at("renaming"))
      renaming.push_back({name_of(each.at("from")), name_of(each.at("to")), name_of(each.at("kept"))});
  } catch (const std::exception&) {
    throw std::runtime_error(
        file_of(folder_).string() +
        ": damaged, so that ipet cannot tell which files of this folder it made; remove it "
        "and move the results away that it was to protect");
  }
}

void MadeFiles::write() const {
  if (files.empty() && renaming.empty()) {
    ::unlink(file_of(folder_).c_str());
    return;
  }
  Json json = {{"about", "files that ipet made and may replace"},
               {"files", Json::object()},
               {"renaming", Json::array()}};
  for (const auto& [name, versions] : files) {
    for (const MadeFile& version : versions) json["files"][percent_encoded(name)].push_back(to_json(version));
  }
  for (const Renaming& each : renaming)
    json["renaming"].push_back({{"from", percent_encoded(each.from)},
                                {"to", percent_encoded(each.to)},
                                {"kept", percent_encoded(each.kept)}});
  const fs::path file = file_of(folder_);
  fs::path temporary = file;
  temporary += ".new";
  ::unlink(temporary.c_str());  // of a killed run: whoever writes here has the lock
  {
    const Descriptor out(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (out.number < 0 && errno == EEXIST)
      throw std::runtime_error(temporary.string() +
                               ": is in the way of the record of what ipet made; remove it and run again");
    if (out.number < 0) fail_to_make(file, "write");
    write_whole(out.number, json.dump(1) + "\n", file);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) fail_to_make(file, "write");
}

bool MadeFiles::finish_renaming() {
  if (renaming.empty()) return false;
  for (const Renaming& each : std::exchange(renaming, {})) {
    const fs::path from = folder_ / each.from, to = folder_ / each.to, kept = folder_ / each.kept;
    if (!is_there(from)) continue;
    if (is_there(to)) {
      // Somebody may have put something there since.
      const std::optional<MadeFile> seen = stat_file(to);
      std::string checksum;
      if (!seen || same(to, *seen, files[each.to], checksum) == nullptr) continue;
      if (!each.kept.empty() && !is_there(kept)) {
        fs::create_directories(kept.parent_path());
        fs::rename(to, kept);
      }
    }
    fs::create_directories(to.parent_path());
    fs::rename(from, to);
  }
  return true;
}

void MadeFiles::forget_missing() {
  std::erase_if(files, [this](const auto& entry) { return !is_there(folder_ / entry.first); });
}

bool is_there(const fs::path& file) {
  std::error_code error;
  return fs::exists(fs::symlink_status(file, error));
}

fs::path plain_path(const fs::path& file) {
  const fs::path absolute = fs::absolute(file).lexically_normal();
  std::error_code error;  // a folder that may not be searched: whoever writes there will be told
  const fs::path plain = fs::weakly_canonical(absolute.parent_path(), error);
  const fs::path folder = error ? absolute.parent_path() : plain;
  return absolute.has_filename() ? folder / absolute.filename() : folder;
}

void write_whole(int descriptor, std::string_view text, const fs::path& shown) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(descriptor, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_to_make(shown, "write");
    done += static_cast<std::size_t>(wrote);
  }
  if (::fsync(descriptor) != 0) fail_to_make(shown, "flush");
}

void check_replaceable(const fs::path& shown, Earlier what, const char* else_do) {
  if (what == Earlier::nothing || what == Earlier::made) return;
  throw std::runtime_error(shown.string() + ": is in the way and is not replaced: " +
                           (what == Earlier::changed ? "it was changed since ipet made it"
                                                     : "ipet has no record of having made it") +
                           "; move it away, or " + else_do);
}

std::optional<MadeFile> stat_file(const fs::path& file) {
  struct stat seen {};
  if (::lstat(file.c_str(), &seen) != 0 || !S_ISREG(seen.st_mode)) return std::nullopt;
  MadeFile made;
  made.bytes = static_cast<std::uint64_t>(seen.st_size);
  made.modified = std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec;
  made.inode = seen.st_ino;
  return made;
}

const MadeFiles* Records::record_in(const fs::path& folder) {
  const auto [at, is_new] = records_.try_emplace(folder);
  if (is_new && is_there(MadeFiles::file_of(folder))) at->second.emplace(folder);
  return at->second ? &*at->second : nullptr;
}

Standing Records::standing_of(const fs::path& given) {
  const fs::path file = plain_path(given);
  Standing standing;
  if (!is_there(file)) return standing;
  standing.what = Earlier::foreign;
  const std::optional<MadeFile> seen = stat_file(file);
  if (!seen) return standing;
  std::string checksum;
  for (fs::path folder = file.parent_path();; folder = folder.parent_path()) {
    if (const MadeFiles* record = record_in(folder)) {
      const auto known = record->files.find(file.lexically_relative(folder).string());
      if (known != record->files.end()) {
        standing.what = Earlier::changed;
        if (const MadeFile* made = same(file, *seen, known->second, checksum))
          return {Earlier::made, *made, folder};
      }
    }
    if (folder == folder.parent_path()) return standing;
  }
}

}  // namespace ipet::run
