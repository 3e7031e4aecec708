// Plugins of this build that are known before they are built: the file known.tsv beside them has a line for
// each. libraries.tsv says what they are built with.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/sdk/description.hpp"

namespace ipet::catalog {

struct KnownPlugin {
  std::string name;
  std::string kind;   ///< "stage (keyed)", "fingerprint_model"; empty where nothing tells
  std::string about;  ///< one sentence; may be empty
  bool is_built = false;
  std::string lack;  ///< "needs LibTorch (libtorch-dev)": why this build does not have it; mostly empty

  /// "stage" or the interface of a component.
  [[nodiscard]] std::string sort() const { return kind.starts_with("stage (") ? "stage" : kind; }
};

/// What `folder`/known.tsv tells (name, kind, about, lack, separated by tabs), and the names of libraries
/// (NAME.so) that it does not have; sorted by name. Nothing is opened but that file.
std::vector<KnownPlugin> known_plugins(const std::filesystem::path& folder);

/// The verbs of plugins of this build, as lines with the kind "verb" have them; without their stages.
std::vector<VerbDescription> known_verbs(const std::filesystem::path& folder);

/// What a component of this build is called now that was called `name` before, as lines with the kind
/// "formerly" have it; "" where none was.
std::string present_name(const std::filesystem::path& folder, const std::string& name);

/// A library of others, or a program, that this build uses or could use.
struct UsedLibrary {
  std::string name, version;  ///< as it was built with; version "": not there then
  std::string package;        ///< of Debian
  std::string file;           ///< begin of the name of the shared library; "program:NAME"; "": headers alone
  std::string users;          ///< plugins, and "ipet", separated by commas

  [[nodiscard]] bool is_needed() const { return !users.empty(); }
};

/// What `folder`/libraries.tsv tells, in its order.
std::vector<UsedLibrary> used_libraries(const std::filesystem::path& folder);

/// The program that builds plugins, which the environment variable IPET_LAUNCHER names; null: there is none.
const char* launcher();

/// Has the launcher build plugins of this build, which says on standard error how far it is. Returns what
/// went wrong and what to do, or "". Without a launcher nothing is built.
std::string build_plugins(const std::vector<std::string>& names);

}  // namespace ipet::catalog
