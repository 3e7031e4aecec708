// Copies a template of a plugin (share/ipet/templates/KIND, in which it is called my_KIND) to a folder of its
// own.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>
#include <set>

#include "pipeline/catalog/known_plugins.hpp"
#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/command_line.hpp"
#include "pipeline/definition/diagnostics.hpp"
#include "pipeline/sdk/hint.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/printable.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet::cli {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& message, const std::string& hint) {
  throw definition::DefinitionError({{"command-line", {}, message, hint}});
}

std::vector<fs::path> sorted_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator i(folder, error), end; !error && i != end; i.increment(error))
    out.push_back(i->path());
  std::ranges::sort(out);
  return out;
}

/// "gradient_boosting" -> "GradientBoosting"
std::string type_name(const std::string& name) {
  std::string out;
  bool begins = true;
  for (const char c : name) {
    if (c != '_') out += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    begins = c == '_';
  }
  return out;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

fs::path template_of(const std::string& kind) {
  const fs::path templates = text::shipped_folder() / "templates";
  const std::vector<std::string> kinds =
      text::mapped(sorted_in(templates), [](const fs::path& folder) { return folder.filename().string(); });
  if (kinds.empty())
    refuse("there are no templates in " + templates.string(),
           "install ipet (cmake --install), or call ipet of a build");
  if (std::ranges::find(kinds, kind) == kinds.end())
    refuse("there is no template '" + text::shown(kind) + "'", misspelt_hint(kind, kinds, "there are: "));
  return templates / kind;
}

void check_name(const std::string& name) {
  static const std::regex usable("[a-z][a-z0-9_]{0,62}");
  if (!std::regex_match(name, usable))
    refuse("'" + text::shown(name) + "' is no name of a plugin",
           "small letters, digits and _, beginning with a letter");
  static const std::set<std::string> taken = {"all",           "clean",   "default_cache", "edit_cache",
                                              "help",          "install", "ipet",          "package",
                                              "rebuild_cache", "test",    "main"};
  if (taken.contains(name)) refuse("'" + name + "' means something to CMake", "choose another name");
  for (const catalog::KnownPlugin& plugin : catalog::known_plugins(catalog::own_folder()))
    if (plugin.name == name) refuse("there already is a plugin '" + name + "'", "choose another name");
  std::error_code error;
  if (fs::exists(fs::symlink_status(name, error)))
    refuse("'" + name + "' is there already in " + fs::current_path().string(),
           "choose another name or folder");
}

}  // namespace

int make_plugin(const Arguments& arguments) {
  const fs::path from = template_of(arguments.kind);
  check_name(arguments.name);
  const std::string placeholder = "my_" + arguments.kind;
  const fs::path package =
      (text::program_file().parent_path() / IPET_PACKAGE_FROM_PROGRAM).lexically_normal();
  const auto filled = [&](std::string text) {
    replace_all(text, placeholder, arguments.name);
    replace_all(text, type_name(placeholder), type_name(arguments.name));
    replace_all(text, "@IPET_PACKAGE@", package.string());
    return text;
  };
  fs::create_directory(arguments.name);
  std::string steps;
  try {
    for (const fs::path& file : sorted_in(from)) {
      std::ifstream in(file);
      const std::string text = filled({std::istreambuf_iterator<char>(in), {}});
      const fs::path to = fs::path(arguments.name) / filled(file.filename().string());
      std::ofstream out(to);
      if (!(out << text << std::flush)) throw std::runtime_error(to.string() + ": cannot be written");
      std::cout << to.string() << "\n";
      std::smatch code;
      static const std::regex block("```sh\n([^`]*)```");
      if (file.filename() == "README.md" && std::regex_search(text, code, block)) steps = code[1];
    }
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(arguments.name, ignored);  // so that the same command can be tried again
    throw;
  }
  std::cout << "\nTo build, to test and to run it:\ncd " << arguments.name << "\n" << steps;
  return done;
}

}  // namespace ipet::cli
