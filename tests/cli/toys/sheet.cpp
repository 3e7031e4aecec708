#include "pipeline/sdk/plugin.hpp"
#include "tests/cli/toys/nested.hpp"

namespace {

struct Maker {
  Maker(const ipet::NoOptions&, ipet::StageContext&) {}
  struct Reader final : ipet::UnitReader {
    bool next(ipet::Emitter& emit) override {
      emit(toys::Sheet{});
      return false;
    }
  };
  std::vector<std::string> units() { return {"one"}; }
  std::unique_ptr<ipet::UnitReader> open(std::size_t) { return std::make_unique<Reader>(); }
};

}  // namespace

IPET_PLUGIN("sheet", "1.0", catalog) {
  catalog.source<Maker>("sheet").output<toys::Sheet>("sheets");
}
