#include "pipeline/cli/version.hpp"

#include "pipeline/catalog/known_plugins.hpp"
#include "pipeline/catalog/plugin_catalog.hpp"
#include "pipeline/cli/table.hpp"
#include "pipeline/sdk/build.hpp"

namespace ipet::cli {

std::string version_text() {
  Rows rows;
  for (const catalog::UsedLibrary& library : catalog::used_libraries(catalog::own_folder()))
    if (library.is_needed()) rows.push_back({library.name, library.version.empty() ? "-" : library.version});
  std::string out = std::string("ipet ") + IPET_VERSION + "\n\nbuilt as " + IPET_BUILD_FINGERPRINT +
                    (rows.empty() ? "" : "\nand with\n") + aligned(rows, 2);
  if (out.ends_with('\n')) out.pop_back();  // whoever prints it ends the line
  return out;
}

}  // namespace ipet::cli
