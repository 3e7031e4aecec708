#define TOY_OLDER_HEADERS
#include "pipeline/sdk/plugin.hpp"
#include "tests/cli/toys/nested.hpp"

namespace {

struct SheetReader {
  SheetReader(const ipet::NoOptions&, ipet::StageContext&) {}
  void write(const toys::Sheet&, const ipet::Origin&) {}
  void commit() {}
};

}  // namespace

IPET_PLUGIN("sheet_reader", "1.0", catalog) {
  catalog.sink<SheetReader>("sheet_reader").input<toys::Sheet>("in");
}
