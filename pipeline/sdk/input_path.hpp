// Options that name what a run reads. They are declared by their type; `ipet validate` then looks whether
// what they name is there. An option of type std::filesystem::path is one that the stage writes.
#pragma once

#include "pipeline/sdk/options.hpp"

namespace ipet {

/// One file to read: no folder, no pattern. Where the default is "", that stands for none; else "" is an
/// error.
struct InputFile : std::filesystem::path {
  using std::filesystem::path::path;
};

/// What is there to be read: a file, a folder or a glob, never ""; "-" is standard input.
struct InputPath : std::string {
  using std::string::string;
};

inline constexpr const char* input_file_type = "input file path";
inline constexpr const char* input_path_type = "input path";

namespace detail {

/// Adds the problem of an input that is "", and gives false.
bool no_empty_path(const Value& value, const OptionDescription& option, const std::string& owner,
                   Problems& problems);

template <>
struct OptionType<InputFile> {
  static std::string name() { return input_file_type; }
  static Value write(const InputFile& member, const OptionDescription& option) {
    return OptionType<std::filesystem::path>::write(member, option);
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource& source, Problems& problems, InputFile& member) {
    if (!OptionType<std::filesystem::path>::parse(value, option, owner, source, problems, member))
      return false;
    // "" where it is the default says that there is none.
    const auto* fallback = option.fallback.get_if<std::string>();
    const bool optional = !option.required && fallback != nullptr && fallback->empty();
    return !member.empty() || optional || no_empty_path(value, option, owner, problems);
  }
};

template <>
struct OptionType<InputPath> {
  static std::string name() { return input_path_type; }
  static Value write(const InputPath& member, const OptionDescription&) {
    return value_of(static_cast<const std::string&>(member));
  }
  static bool parse(const Value& value, const OptionDescription& option, const std::string& owner,
                    ComponentSource&, Problems& problems, InputPath& member) {
    return read(value, option, owner, problems, static_cast<std::string&>(member)) &&
           (!member.empty() || no_empty_path(value, option, owner, problems));
  }
};

}  // namespace detail

}  // namespace ipet
