#include "stages/defended_capture/pcap_writer.hpp"

#include <algorithm>
#include <stdexcept>

#include "stages/capture/frame.hpp"
#include "stages/defended_capture/output_names.hpp"
#include "stages/defended_capture/rewriter.hpp"

namespace ipet::defended_capture {

namespace {

namespace fs = std::filesystem;

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path a = fs::weakly_canonical(file, error), b = fs::weakly_canonical(folder, error);
  return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).second == b.end();
}

}  // namespace

PcapWriter::PcapWriter(WriterSettings settings)
    : settings_(std::move(settings)),
      claim_(settings_.folder),
      staging_(settings_.folder, settings_.folder.string()),
      dummies_(settings_.folder, settings_.folder.string()) {}

void PcapWriter::check_original(const std::string& file) const {
  if (lies_in(file, settings_.folder))
    throw std::runtime_error("the captures would be written among their originals: " + file + " lies in " +
                             settings_.folder.string() + "; choose another folder");
  try {
    (void)capture::open_capture_file(file);
  } catch (const capture::CaptureError& error) {
    throw std::runtime_error("cannot be written as a capture again, since frames come from the original: " +
                             std::string(error.what()));
  }
}

void PcapWriter::check_originals(const std::string& capture, const std::vector<std::string>& files) const {
  if (files.empty())
    throw std::runtime_error("capture '" + capture +
                             "': no file of it is known, as of one from a stored result; captures are "
                             "written in a run that reads them");
  for (const std::string& file : files) check_original(file);
}

void PcapWriter::add(const traffic::DevicePackets& packets, const std::string& lane, std::uint64_t sequence) {
  if (seen_.emplace(packets.capture, *packets.capture_name).second)
    check_originals(*packets.capture_name, packets.files ? *packets.files : std::vector<std::string>());
  dummies_.add(packets, lane, sequence);
}

void PcapWriter::add(const traffic::CaptureSummary& summary) {
  check_originals(summary.capture_name, summary.files);
  if (summary.reading.inner)
    throw std::runtime_error(
        "capture '" + summary.capture_name +
        "': its packets were taken out of tunnels, where no dummies can be written; read it "
        "with tunnels = \"outer\"");
  if (!summaries_.emplace(CaptureKey(summary.capture, summary.capture_name), summary).second)
    throw std::runtime_error("two stages give summaries of capture '" + summary.capture_name + "'");
}

PcapWriter::Report PcapWriter::commit(const std::function<void(double, const std::string&)>& progress,
                                      const storage::Publisher& publish) {
  std::map<CaptureKey, std::vector<storage::StoredTable>> tables;
  for (DummyStore::OfCapture& of : dummies_.captures()) {
    if (!summaries_.contains({of.capture, of.name}))
      throw std::runtime_error(
          "capture '" + of.name +
          "' has mixed traffic but no summary of the stage that divided it among devices");
    tables[{of.capture, of.name}] = std::move(of.tables);
  }
  std::vector<std::string> recordings;
  for (const auto& [key, summary] : summaries_) recordings.push_back(summary.capture_name);
  const std::vector<fs::path> names = output_names(recordings);

  Report report;
  storage::CompleteFiles complete;
  std::size_t done = 0;
  for (const auto& [key, summary] : summaries_) {
    const fs::path pcap = settings_.folder / names[done];
    const double share = static_cast<double>(done++) / static_cast<double>(summaries_.size());
    Rewriter rewriter(settings_, summary, dummies_.merge(std::move(tables[key])), pcap, staging_);
    rewriter.run([&] { progress(share, rewriter.file().string()); });
    rewriter.hand_over(complete);
    report.files.push_back(rewriter.file());
    report.frames += rewriter.frames();
    report.dummies += rewriter.dummies();
    for (std::string& loss : rewriter.losses()) report.losses.push_back(std::move(loss));
  }
  publish(settings_.folder, complete);
  return report;
}

}  // namespace ipet::defended_capture
