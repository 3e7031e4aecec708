// Games in a result file.
#include "stages/storage/hdf5_writer.hpp"
#include "tests/evaluation/detection_samples.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::storage::test {
namespace {

TEST(Game, keeps_scores_costs_and_notes) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(evaluation::samples::game(), "minutes");
  writer.commit(facts());
  expect_h5py("game", folder / "result.h5");
}

TEST(Game, twice_of_one_stage_is_refused) {
  const Folder folder;
  Hdf5Writer writer(folder / "result.h5", 4);
  writer.add(evaluation::DetectionReport{}, "minutes");
  EXPECT_EQ(error_of([&] { writer.add(evaluation::DetectionReport{}, "minutes"); }),
            (folder / "result.h5").string() + ": stage 'minutes' gave two reports");
}

}  // namespace
}  // namespace ipet::storage::test
