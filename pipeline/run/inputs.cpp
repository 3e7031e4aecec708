#include "pipeline/run/inputs.hpp"

#include <algorithm>
#include <stdexcept>
#include <system_error>

#include "pipeline/run/checksum.hpp"

namespace ipet::run {
namespace {

namespace fs = std::filesystem;

/// One file has one identity, whether or not it is still there.
fs::path real_path(const std::string& path) {
  std::error_code unknown;
  fs::path same = fs::weakly_canonical(path, unknown);
  return unknown ? fs::path(path) : same;
}

std::string bytes_text(std::uint64_t bytes) {
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

/// A pipe or standard input ("-"): what came through is gone, and that is no change.
bool is_stream(const fs::path& file) {
  std::error_code unknown;
  const fs::file_type type = fs::status(file, unknown).type();
  return file == "-" || type == fs::file_type::fifo || type == fs::file_type::character ||
         type == fs::file_type::socket;
}

[[noreturn]] void refuse_input(const std::string& path, const std::string& what) {
  throw std::runtime_error(path + ": " + what + "; " + Inputs::not_the_same +
                           ": run again when nothing changes the inputs any more, or on a copy of them");
}

void compare(const InputRecord& before, const InputRecord& now) {
  if (before.checksum.empty() || now.checksum.empty()) return;
  if (before.bytes != now.bytes)
    refuse_input(before.path, "changed while this run was reading it: it had " + bytes_text(before.bytes) +
                                  " at first and has " + bytes_text(now.bytes) + " now");
  if (before.checksum != now.checksum)
    refuse_input(before.path, "changed while this run was reading it: it has " + bytes_text(now.bytes) +
                                  " as at first, but others (checksum " + before.checksum + " at first, " +
                                  now.checksum + " now)");
}

}  // namespace

void Inputs::note(Reader reader, const fs::path& file, const std::function<void()>& between) {
  if (is_stream(file)) return;
  try {
    note(reader, checksum_file(file, between));
  } catch (const std::system_error& error) {
    const std::lock_guard lock(mutex_);
    const auto known = inputs_.find(real_path(file.string()));
    if (known == inputs_.end()) throw;
    refuse_input(file.string(), "changed while this run was reading it: it had " +
                                    bytes_text(known->second.record.bytes) +
                                    " at first and cannot be read now (" + error.code().message() + ")");
  }
}

void Inputs::note(Reader reader, InputRecord input) {
  const File file = real_path(input.path);
  const std::lock_guard lock(mutex_);
  if (reader.again && !first_[reader.stage].contains(file))
    refuse_input(input.path, "was not there when this run read its inputs first, and is now");
  (reader.again ? again_ : first_)[reader.stage].insert(file);
  const auto [known, is_new] = inputs_.try_emplace(file, Input{input, reader.stage});
  if (is_new) return;
  compare(known->second.record, input);
  if (known->second.record.checksum.empty()) known->second.record = std::move(input);
}

void Inputs::end_of_reading(std::size_t stage) {
  const std::lock_guard lock(mutex_);
  const std::set<File> again = std::exchange(again_[stage], {});
  for (const File& file : first_[stage]) {
    if (again.contains(file)) continue;
    const InputRecord& record = inputs_.at(file).record;
    std::error_code unknown;
    const bool there = fs::exists(file, unknown);
    refuse_input(record.path, "was read at first (" + bytes_text(record.bytes) +
                                  "), and in the next reading it " +
                                  (there ? "could not be read any more" : "was gone"));
  }
}

std::vector<InputRecord> Inputs::records() const {
  const std::lock_guard lock(mutex_);
  std::vector<InputRecord> all;
  for (const auto& [file, input] : inputs_) all.push_back(input.record);
  std::ranges::sort(all, {}, &InputRecord::path);
  return all;
}

std::vector<std::pair<std::size_t, std::string>> Inputs::changed_since() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<std::size_t, std::string>> texts;
  for (const auto& [file, input] : inputs_) {
    // Not read to its end anyway, or nothing that can be looked at again.
    if (input.record.checksum.empty() || is_stream(input.record.path)) continue;
    std::error_code gone;
    const std::uint64_t size = fs::file_size(file, gone);
    if (!gone && size == input.record.bytes) continue;
    texts.emplace_back(
        input.stage,
        input.record.path + ": has changed since it was read: " + bytes_text(input.record.bytes) +
            " were read, " + (gone ? "and it is gone now" : "and it has " + bytes_text(size) + " now"));
  }
  return texts;
}

}  // namespace ipet::run
