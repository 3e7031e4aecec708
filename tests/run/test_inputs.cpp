// Files that change while a run reads them.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/run/support.hpp"

namespace ipet::run::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// A source that reads all files of a folder in two passes; `between` is called after the first one.
class TwoReadings : public testing::Test {
 protected:
  TwoReadings() {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    write(file_, "abcd");
  }
  ~TwoReadings() override { fs::remove_all(folder_); }

  std::string error(std::function<void()> between) {
    ToySource::Options in;
    in.create = [this](StageContext& context) {
      reader_ = &context;
      units_.clear();
      for (const auto& entry : fs::directory_iterator(folder_)) units_.push_back(entry.path());
      std::ranges::sort(units_);
    };
    in.units = {"folder"};
    in.step = [this](std::size_t, std::size_t, Emitter& emit) {
      for (const fs::path& file : units_) reader_->record_input(file);
      emit(Number{1});
      return false;
    };
    ToyFold::Options fold;
    fold.finish = [between = std::move(between)](NumberSet&, Emitter&) { between(); };
    plan_.observer.warn = [this](const std::string& stage, const std::string& text) {
      warnings_.push_back(stage + ": " + text);
    };
    plan_.stage("in", "numbers", in).stage("fold", "folder", fold);
    plan_.stage("mix", "informed", ToyMap::Options{[](const Number& n, Emitter& emit) { emit(n); }, {}});
    plan_.stage("out", "writer", written_.sink());
    plan_.edge("in", "fold").edge("in", "mix.in").edge("fold", "mix.set").edge("mix", "out");
    return plan_.error();
  }
  void expect_refused(const std::string& error, const std::string& what) {
    EXPECT_THAT(error, HasSubstr("stage 'in' (plugin numbers)"));
    EXPECT_THAT(error,
                HasSubstr(what + "; nothing is published, since parts of the result would be of "
                                 "different inputs: run again when nothing changes the inputs any more"));
    EXPECT_EQ(written_.commits, 0);
  }

  const fs::path folder_ = fs::path(testing::TempDir()) / "ipet_two_readings", file_ = folder_ / "a";
  PlanBuilder plan_;
  Written written_;
  std::vector<std::string> warnings_;

 private:
  StageContext* reader_ = nullptr;
  std::vector<fs::path> units_;
};

TEST_F(TwoReadings, OfTheSameFileAreOne) {
  EXPECT_EQ(error([] {}), "");
  EXPECT_EQ(written_.commits, 1);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(TwoReadings, OfAFileThatGrewFailTheRun) {
  expect_refused(error([this] { write(file_, "123456789"); }),
                 file_.string() +
                     ": changed while this run was reading it: it had 4 bytes at first and has 9 "
                     "bytes now");
}

TEST_F(TwoReadings, OfAFileThatShrankFailTheRun) {
  expect_refused(error([this] { write(file_, "1"); }),
                 file_.string() +
                     ": changed while this run was reading it: it had 4 bytes at first and has 1 "
                     "byte now");
}

TEST_F(TwoReadings, OfOtherBytesOfTheSameNumberFailTheRun) {
  // Python's xxhash: xxh3_128_hexdigest(b'abc')
  write(file_, "abc");
  const std::string text = error([this] { write(file_, "cba"); });
  expect_refused(text, " now)");
  EXPECT_THAT(text,
              HasSubstr(file_.string() +
                        ": changed while this run was reading it: it has 3 bytes as at first, but others "
                        "(checksum 06b05ab6733a618578af5f94892f3950 at first, "));
}

TEST_F(TwoReadings, OfAFileThatVanishedFailTheRun) {
  expect_refused(error([this] { fs::remove(file_); }),
                 file_.string() + ": was read at first (4 bytes), and in the next reading it was gone");
}

TEST_F(TwoReadings, OfAFileThatCameLaterFailTheRun) {
  expect_refused(
      error([this] { write(folder_ / "b", "new"); }),
      (folder_ / "b").string() + ": was not there when this run read its inputs first, and is now");
}

TEST_F(TwoReadings, OfAFileThatWasReplacedByItsCopyAreOne) {
  EXPECT_EQ(error([this] {
              fs::remove(file_);
              write(file_, "abcd");
            }),
            "");
}

/// What a single reading is told.
struct OneReading : TwoReadings {
  RunRecord record;
  std::string run(std::function<void(StageContext&)> read) {
    plan_.observer.warn = [this](const std::string& stage, const std::string& text) {
      warnings_.push_back(stage + ": " + text);
    };
    plan_.stage("task", "tasker", ToyTask::Options{[read](StageContext& context, Emitter& emit) {
                  read(context);
                  emit(NumberSet{});
                }});
    ToySink::Options sink = written_.sink();
    sink.commit = [this](StageContext& context) {
      ++written_.commits;
      record = context.run();
    };
    plan_.stage("out", "writer", sink).edge("task", "out");
    return plan_.error();
  }
};

TEST_F(OneReading, OfAFileThatGrowsIsOfWhatWasReadAndSaysSo) {
  EXPECT_EQ(run([this](StageContext& context) {
              context.record_input(file_);
              write(file_, "123456");
            }),
            "");
  EXPECT_EQ(written_.commits, 1);
  EXPECT_THAT(warnings_, ElementsAre("task: " + file_.string() +
                                     ": has changed since it was read: 4 bytes were read, and it has 6 bytes "
                                     "now; the result is of what was read"));
  ASSERT_THAT(record.inputs, SizeIs(1));
  EXPECT_EQ(record.inputs[0].bytes, 4U);
}

TEST_F(OneReading, ThatIsNotedTwiceMustBeTheSame) {
  const std::string error = run([this](StageContext& context) {
    context.record_input(file_);
    write(file_, "12345");
    context.record_input(folder_ / "." / "a");  // however the path is written
  });
  EXPECT_THAT(error, HasSubstr("it had 4 bytes at first and has 5 bytes now; nothing is published"));
  EXPECT_EQ(written_.commits, 0);
}

TEST_F(OneReading, OfAPartOfAFileIsComparedWithNothing) {
  write(file_, "abc");
  EXPECT_EQ(run([this](StageContext& context) {
              context.record_input(InputRecord{file_.string(), 2, {}});
              context.record_input(file_);
            }),
            "");
  ASSERT_THAT(record.inputs, SizeIs(1));
  EXPECT_EQ(record.inputs[0].bytes, 3U);
  EXPECT_EQ(record.inputs[0].checksum, "06b05ab6733a618578af5f94892f3950");
}

TEST_F(OneReading, ThatFailsNamesTheFilesThatChanged) {
  const std::string error = run([this](StageContext& context) {
    context.record_input(file_);
    fs::remove(file_);
    throw std::runtime_error("short read");
  });
  EXPECT_EQ(error, "stage 'task' (plugin tasker): short read; " + file_.string() +
                       ": has changed since it was read: 4 bytes were read, and it is gone now");
}

}  // namespace
}  // namespace ipet::run::test
