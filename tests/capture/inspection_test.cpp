// Files of which nothing can be read, and files that the system cannot read.
#include "stages/capture/inspection.hpp"

#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeline/checksum/content_hash.hpp"
#include "tests/capture/frames.hpp"

namespace {

using namespace ipet;
using namespace ipet::test;
using capture::InputFile;
using capture::Inspection;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::ThrowsMessage;

Inspection look_at(const std::vector<std::filesystem::path>& paths) {
  std::vector<InputFile> files;
  for (const auto& path : paths) files.push_back({path, path.filename().string(), 0});
  return capture::inspect(std::move(files));
}

TEST(Inspecting, NamesEveryFileOfWhichNothingCanBeRead) {
  const TemporaryFile good(pcap_header() + pcap_record(7, 5, udp_frame(1))), empty({}),
      text({'h', 'e', 'l', 'l', 'o'}), zigbee(pcap_header(195)), cut(Bytes{0xd4, 0xc3, 0xb2, 0xa1, 2, 0}),
      zip({'P', 'K', 3, 4, 0, 0}), damaged(pcap_header() + Bytes(16, 0xff)), quiet(pcap_header());
  const Inspection looked = look_at({good.path(), empty.path(), text.path(), zigbee.path(), cut.path(),
                                     zip.path(), damaged.path(), quiet.path()});
  ASSERT_EQ(looked.good.size(), 2U);
  EXPECT_EQ(looked.good[0].first, 7'000'005'000);
  EXPECT_EQ(looked.good[1].first, std::nullopt);
  EXPECT_THAT(
      looked.bad,
      ElementsAre(empty.text() + ": empty file, not a capture",
                  text.text() + ": not a capture (neither pcap nor pcapng)",
                  zigbee.text() + ": link type 195 cannot be decoded (Ethernet, Linux cooked, 802.11, PPP, "
                                  "raw IP and loopback can)",
                  cut.text() + ": cut short within the file header that begins at byte 0",
                  zip.text() + ": not a capture (a zip archive; unpack it with 'unzip')",
                  damaged.text() +
                      ": damaged at byte 24: a packet record of 4294967295 bytes; the rest is left out"));
  EXPECT_EQ(capture::text_of_bad(look_at({empty.path(), good.path()})),
            "1 of 2 captures cannot be read:\n  " + empty.text() + ": empty file, not a capture");
  EXPECT_EQ(capture::text_of_bad(look_at({empty.path()})), empty.text() + ": empty file, not a capture");
}

TEST(Inspecting, TakesTheFirstTimeThatDoesNotStandAlone) {
  const auto first = [](const std::vector<std::uint32_t>& times) {
    Bytes content = pcap_header();
    for (const std::uint32_t time : times) content = content + pcap_record(time, 0, udp_frame(1));
    const TemporaryFile file(content);
    return look_at({file.path()}).good.at(0).first.value() / traffic::second;
  };
  EXPECT_EQ(first({50, 51, 52}), 50);
  EXPECT_EQ(first({90'000, 51, 52}), 51);
  EXPECT_EQ(first({5, 9000, 20'000}), 5);
  EXPECT_EQ(first({5}), 5);
  // Ten of 1970, and then it was set.
  std::vector<std::uint32_t> set(30, 1'700'000'000);
  std::fill_n(set.begin(), 10, 3);
  EXPECT_EQ(first(set), 1'700'000'000);
}

TEST(Inspecting, OfALargeFrameIsNoDamage) {
  const TemporaryFile file(pcap_header() + pcap_record(7, 0, Bytes(200'000, 0)));
  EXPECT_THAT(look_at({file.path()}).bad, IsEmpty());
}

/// Reading the memory of a process at 0 gives EIO, as a broken disk does.
TEST(AReadError, IsNoEndOfTheFile) {
  const std::string text = "/proc/self/mem: cannot be read further than byte 0: Input/output error";
  EXPECT_THAT([] { (void)look_at({"/proc/self/mem"}); }, ThrowsMessage<capture::ReadError>(text));
  EXPECT_THAT([] { (void)read_all({"/proc/self/mem"}); }, ThrowsMessage<capture::ReadError>(text));
}

class Broken final : public capture::Input {
 public:
  explicit Broken(Bytes content) : content_(std::move(content)) {}
  std::size_t read(std::uint8_t* to, std::size_t size) override {
    if (size > content_.size() - at_) throw capture::ReadError("x.pcap: cannot be read further than byte 99");
    std::copy_n(content_.begin() + static_cast<std::ptrdiff_t>(at_), size, to);
    at_ += size;
    return size;
  }

 private:
  Bytes content_;
  std::size_t at_ = 0;
};

TEST(AReadError, InTheMiddleIsNotTakenForDamage) {
  Bytes content = pcap_header();
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const Bytes record = pcap_record(i, 0, udp_frame(1));
    content.insert(content.end(), record.begin(), record.end());
  }
  EXPECT_THAT(
      [&] {
        const auto reader = capture::open_capture(std::make_unique<Broken>(content), "x.pcap");
        for (capture::Frame frame; reader->next(frame);) {
        }
      },
      ThrowsMessage<capture::ReadError>("x.pcap: cannot be read further than byte 99"));
}

TEST(APipe, IsReadOnceToItsEndWithItsChecksum) {
  const Bytes content = pcap_header() + pcap_record(7, 5, udp_frame(1)) + Bytes(16, 0xff) + Bytes(100'000, 1);
  const TemporaryFile place({});
  std::filesystem::remove(place.path());
  ASSERT_EQ(::mkfifo(place.path().c_str(), 0600), 0);
  EXPECT_TRUE(capture::can_be_read_once(place.path()));
  EXPECT_FALSE(capture::can_be_read_once("/proc/self/maps"));
  EXPECT_THAT(look_at({place.path()}).bad, IsEmpty());  // without opening it
  std::thread writer([&] { place.write(content); });
  capture::PcapReader reader({place.path()}, {1, true});
  std::vector<traffic::Packet> packets;
  std::size_t total = 0;
  for (bool more = true; more; total += packets.size()) more = reader.next(10, traffic::day, packets);
  writer.join();
  EXPECT_EQ(total, 1U);
  const auto files = reader.take_files_read();
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].bytes, content.size());
  EXPECT_EQ(files[0].checksum, checksum::ContentHash().bytes(content.data(), content.size()).text());
  // Nobody writes any more: opening it would wait for ever.
  EXPECT_THAT([&] { capture::PcapReader again({place.path()}); },
              ThrowsMessage<capture::CaptureError>(
                  place.path().string() +
                  ": a pipe can be read once, and this run has read it before (in another stage, or another "
                  "point of a sweep); save what comes through it in a file first"));
}

/// Puts a file in the place of standard input.
class AsStandardInput {
 public:
  explicit AsStandardInput(int file) : before_(::dup(STDIN_FILENO)) { ::dup2(file, STDIN_FILENO); }
  ~AsStandardInput() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

TEST(StandardInput, ThatIsAFileIsReadAgainFromWhereItStood) {
  const Bytes capture = pcap_header() + pcap_record(7, 5, udp_frame(1)) + pcap_record(8, 5, udp_frame(2));
  const TemporaryFile file(Bytes(100, 9) + capture);
  const int opened = ::open(file.path().c_str(), O_RDONLY);
  ASSERT_EQ(::lseek(opened, 100, SEEK_SET), 100);
  {
    const AsStandardInput input(opened);
    EXPECT_FALSE(capture::can_be_read_once("-"));
    for (int i = 0; i < 2; ++i) EXPECT_EQ(read_all({"-"}).packets.size(), 2U) << i;
    EXPECT_EQ(::lseek(STDIN_FILENO, 0, SEEK_CUR), 100);
  }
  ::close(opened);
}

TEST(StandardInput, ThatIsAPipeIsReadOnce) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Bytes capture = pcap_header() + pcap_record(7, 5, udp_frame(1));
  ASSERT_EQ(::write(ends[1], capture.data(), capture.size()), static_cast<ssize_t>(capture.size()));
  ::close(ends[1]);
  {
    const AsStandardInput input(ends[0]);
    EXPECT_TRUE(capture::can_be_read_once("-"));
    EXPECT_EQ(read_all({"-"}).packets.size(), 1U);
    EXPECT_THAT(
        [] { (void)read_all({"-"}); },
        ThrowsMessage<capture::CaptureError>(testing::StartsWith("standard input: a pipe can be read once")));
  }
  ::close(ends[0]);
}

}  // namespace
