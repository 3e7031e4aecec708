// What was found where, what was refused and why, with what it all runs, and what to install.
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <link.h>
#include <unistd.h>

#include "pipeline/catalog/known_plugins.hpp"
#include "pipeline/cli/load_plan.hpp"
#include "pipeline/cli/table.hpp"
#include "pipeline/cli/version.hpp"
#include "pipeline/sdk/build.hpp"
#include "pipeline/text/lists.hpp"
#include "pipeline/text/shipped.hpp"

namespace ipet::cli {
namespace {

namespace fs = std::filesystem;
using catalog::PluginCatalog;
using catalog::UsedLibrary;

constexpr std::string_view program_mark = "program:";

void print_part(const std::string& title, const Rows& rows) {
  if (!rows.empty()) std::cout << "\n" << title << "\n" << aligned(rows, 2);
}

std::size_t count_in(const fs::path& folder, const PluginCatalog& catalog) {
  const auto lies_here = [&](const auto& library) {
    return fs::absolute(library.path).lexically_normal().parent_path() ==
           fs::absolute(folder).lexically_normal();
  };
  return static_cast<std::size_t>(std::ranges::count_if(catalog.libraries(), lies_here));
}

Rows folder_rows(const PluginCatalog& catalog) {
  Rows rows;
  for (const catalog::SearchedFolder& folder : catalog::searched_folders(catalog.path()))
    rows.push_back(
        {folder.path.string(), folder.origin,
         folder.fault.empty() ? text::counted(count_in(folder.path, catalog), "plugin") : folder.fault});
  const fs::path own = catalog::user_folder();
  if (std::error_code error; !own.empty() && !fs::exists(own, error))
    rows.push_back({own.string(), "your own", "not there; not needed"});
  return rows;
}

/// By what they lack; "" for those that could be built.
std::map<std::string, std::vector<std::string>> unbuilt_by_lack(const PluginCatalog& catalog) {
  std::map<std::string, std::vector<std::string>> out;
  for (const catalog::KnownPlugin& plugin : catalog.unbuilt()) out[plugin.lack].push_back(plugin.name);
  return out;
}

Rows unbuilt_rows(const PluginCatalog& catalog) {
  Rows rows;
  for (const auto& [lack, names] : unbuilt_by_lack(catalog))
    rows.push_back({lack.empty() ? "built when they are asked for" : lack, text::joined(names)});
  return rows;
}

/// Names of files that the process has loaded, and where they are.
std::map<std::string, fs::path> loaded_libraries() {
  std::map<std::string, fs::path> out;
  ::dl_iterate_phdr(
      [](dl_phdr_info* library, std::size_t, void* erased) {
        const fs::path file = library->dlpi_name;
        std::error_code error;
        const fs::path real = fs::canonical(file, error);
        static_cast<std::map<std::string, fs::path>*>(erased)->emplace(file.filename(), error ? file : real);
        return 0;
      },
      &out);
  return out;
}

/// The program of this name that a shell would run; "" where there is none.
std::string on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const fs::path file = fs::path(folder) / name; ::access(file.c_str(), X_OK) == 0)
      return file.string();
  return {};
}

/// Where it is now; "" where it is not.
std::string place_of(const UsedLibrary& library, const std::map<std::string, fs::path>& loaded) {
  if (library.file.empty()) return library.version.empty() ? "" : "headers alone";
  if (library.file.starts_with(program_mark)) return on_path(library.file.substr(program_mark.size()));
  const auto found = loaded.lower_bound(library.file);
  return found != loaded.end() && found->first.starts_with(library.file) ? found->second.string() : "";
}

/// "for ipet and 12 plugins", "for lstm, gru": by name where they are few.
std::string users_text(const UsedLibrary& library) {
  std::vector<std::string> users;
  std::istringstream list(library.users);
  for (std::string user; std::getline(list, user, ',');) users.push_back(user);
  if (users.size() <= 3) return "for " + text::joined(users);
  const bool program = users.front() == "ipet";
  return (program ? "for ipet and " : "for ") + text::counted(users.size() - (program ? 1 : 0), "plugin");
}

/// What would bring what is not there.
struct Missing {
  std::set<std::string> packages;
  bool is_linked = false;  ///< so that ipet must be built again
};

/// Whether the system's loader refused a plugin that needs it.
bool keeps_from_loading(const UsedLibrary& library, const PluginCatalog& catalog) {
  return std::ranges::any_of(catalog.failures(), [&](const catalog::LoadFailure& failure) {
    return failure.code == "plugin-load" &&
           ("," + library.users + ",").find("," + failure.path.stem().string() + ",") != std::string::npos;
  });
}

Rows library_rows(const PluginCatalog& catalog, Missing& missing) {
  const std::map<std::string, fs::path> loaded = loaded_libraries();
  Rows rows;
  for (const UsedLibrary& library : catalog::used_libraries(catalog::own_folder())) {
    if (!library.is_needed()) continue;
    const bool is_program = library.file.starts_with(program_mark);
    std::string place = place_of(library, loaded);
    if (place.empty()) {
      const bool was_there = is_program || !library.version.empty();
      place = !was_there ? "not there when ipet was built" : is_program ? "not on PATH" : "not loaded";
      if (is_program || !was_there || keeps_from_loading(library, catalog))
        missing.packages.insert(library.package);
      missing.is_linked = missing.is_linked || !was_there;
    }
    rows.push_back({library.name, library.version, place, users_text(library)});
  }
  return rows;
}

Rows instruction_rows() {
  std::string sets;
#if defined(__x86_64__)
  const std::pair<const char*, bool> known[] = {{"SSE4.2", __builtin_cpu_supports("sse4.2") != 0},
                                                {"AVX2", __builtin_cpu_supports("avx2") != 0},
                                                {"FMA", __builtin_cpu_supports("fma") != 0},
                                                {"AVX-512F", __builtin_cpu_supports("avx512f") != 0},
                                                {"AVX-512BW", __builtin_cpu_supports("avx512bw") != 0}};
  for (const auto& [name, has] : known)
    if (has) sets += (sets.empty() ? "" : ", ") + std::string(name);
#endif
  Rows rows = {{"the processor has", sets.empty() ? "none of those that count" : sets}};
  for (const char* name : {"IPET_SIMD", "ATEN_CPU_CAPABILITY", "OPENBLAS_CORETYPE", "ONEDNN_MAX_CPU_ISA"}) {
    const char* value = std::getenv(name);
    rows.push_back({name, value == nullptr ? "not set" : value});
  }
  return rows;
}

Rows advice(const PluginCatalog& catalog, const Missing& missing) {
  Rows rows;
  if (!missing.packages.empty())
    rows.push_back({"apt-get install " + text::joined(missing.packages, " "),
                    missing.is_linked ? "and build ipet again, for the libraries" : ""});
  if (unbuilt_by_lack(catalog).contains("") && catalog::launcher() == nullptr)
    rows.push_back({"./ipet build", "in the folder of the sources builds what is not built"});
  if (!catalog.failures().empty())
    rows.push_back({"what was refused", "build it again, or take it off the plugin path"});
  return rows.empty() ? Rows{{"nothing"}} : rows;
}

}  // namespace

int doctor(const Arguments& arguments) {
  PluginCatalog catalog(plugin_path(arguments));
  catalog.load_all();
  std::cout << "ipet " << IPET_VERSION << ", " << text::program_file().string() << "\nbuilt as "
            << IPET_BUILD_FINGERPRINT << "\n";
  print_part("Plugins are looked for in", folder_rows(catalog));
  print_part("Refused", text::mapped(catalog.failures(), [](const catalog::LoadFailure& failure) {
               return Rows::value_type{failure.path.string() + ":", failure.reason};
             }));
  print_part("Not built", unbuilt_rows(catalog));
  Missing missing;
  print_part("Libraries and programs, with the versions that ipet was built with",
             library_rows(catalog, missing));
  print_part("Instruction sets", instruction_rows());
  std::error_code error;
  const fs::path shipped = text::shipped_folder();
  print_part("Pipelines, data sets and templates",
             {{shipped.string(), fs::exists(shipped, error) ? "" : "not there"}});
  print_part("To do", advice(catalog, missing));
  return catalog.failures().empty() ? done : plugin_unusable;
}

}  // namespace ipet::cli
