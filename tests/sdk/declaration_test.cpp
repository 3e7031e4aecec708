// Declarations end in destructors: what goes wrong there must not end the process.
#include <stdexcept>

#include <gtest/gtest.h>

#include "pipeline/sdk/catalog.hpp"

namespace {

struct Nothing {
  Nothing(const ipet::NoOptions&, ipet::StageContext&) {}
  void run(ipet::Emitter&) {}
};

/// Has no room.
struct FullCatalog final : ipet::Catalog {
  void add(ipet::StageDescription) override { throw std::runtime_error("no room for a stage"); }
  void add(ipet::ComponentDescription) override { throw std::runtime_error("no room for a component"); }
};

TEST(Declaration, ThatFailsIsReportedOnceAllAreMade) {
  FullCatalog catalog;
  catalog.task<Nothing>("first").about("Does nothing.");
  catalog.task<Nothing>("second");
  try {
    catalog.rethrow();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no room for a stage");
  }
}

}  // namespace
