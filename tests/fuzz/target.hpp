// What a fuzz target is: a reader, fed with bytes that somebody else chose, and what has to hold whatever
// they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ipet::fuzz {

using Bytes = std::span<const std::uint8_t>;

struct Target {
  std::string name;
  std::string about;
  std::size_t longest;  ///< bytes of an input
  std::string words;    ///< file of tokens beside this one ("toml.dict"), or ""
  /// What it is to reach, for the coverage that is printed: beginnings of paths from the project's root.
  std::vector<std::string> sources;
  /// Throws Broken where something does not hold.
  void (*run)(Bytes input);
};

/// All of them, by name.
const std::vector<Target>& targets();

/// Something that must hold does not. No std::exception, so that nobody on the way takes it for an error of a
/// reader.
struct Broken {
  std::string what;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw Broken{what};
}
/// What errors, warnings and notes are: one line of UTF-8 without control characters.
void require_line(std::string_view text);
/// The same of each of its lines.
void require_lines(std::string_view text);

/// Takes an input apart, from its front. Gives zeros behind its end.
class Parts {
 public:
  explicit Parts(Bytes input) : rest_(input) {}

  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] Bytes rest() const { return rest_; }
  std::uint8_t byte() { return number<std::uint8_t>(); }
  /// Little endian.
  template <class T>
  T number() {
    T value = 0;
    const Bytes bytes = take(sizeof(T));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      value |= static_cast<T>(static_cast<T>(bytes[i]) << (8 * i));
    return value;
  }
  /// Fewer where the input ends.
  Bytes take(std::size_t size) {
    const Bytes first = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(first.size());
    return first;
  }

 private:
  Bytes rest_;
};

/// A folder of this process, gone with it: readers open files by their names.
const std::filesystem::path& scratch();
/// Writes a file there; replaces the one of that name.
std::filesystem::path scratch_file(const std::string& name, Bytes content);

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The targets, by file.
std::vector<Target> capture_targets();
std::vector<Target> compression_targets();
std::vector<Target> text_targets();
std::vector<Target> library_targets();
std::vector<Target> model_targets();
std::vector<Target> pipeline_targets();
std::vector<Target> result_targets();

/// Reads a recording in all ways that there are, and compares them. For targets that make captures.
struct Reading {
  bool inner = false, move = false, parallel = false;
};
void check_recording(const std::vector<std::filesystem::path>& files, Reading reading);

}  // namespace ipet::fuzz
