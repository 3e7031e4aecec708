#include "stages/interchange/csv_reader.hpp"

#include <utility>

#include "pipeline/text/lists.hpp"
#include "stages/capture/patience.hpp"

namespace ipet::interchange {

namespace {}  // namespace

void TraceStatistics::add(const TraceStatistics& other) {
  files += other.files;
  rows += other.rows;
  packets += other.packets;
  other_protocols += other.other_protocols;
  without_address += other.without_address;
  without_length += other.without_length;
  bad += other.bad;
  several_values += other.several_values;
  reordered += other.reordered;
  wrong_times += other.wrong_times;
  clock_steps += other.clock_steps;
  late += other.late;
  cut_short += other.cut_short;
}

std::string TraceStatistics::summary() const {
  std::string text = text::counted(files, "trace") + ", " + text::counted(rows, "row") + ": " +
                     std::to_string(packets) + " TCP/UDP, " + std::to_string(other_protocols) + " other";
  if (without_address > 0) text += ", " + std::to_string(without_address) + " without addresses";
  if (without_length > 0) text += ", " + std::to_string(without_length) + " without a length";
  if (bad > 0) text += ", " + std::to_string(bad) + " bad";
  if (several_values > 0)
    text += "; " + text::counted(several_values, "packet") +
            " with several values in a cell, of which the first counts";
  if (reordered > 0) text += "; " + text::counted(reordered, "packet") + " put in time order";
  if (wrong_times > 0) text += "; " + text::counted(wrong_times, "packet") + " of a wrong clock";
  if (clock_steps > 0) text += "; " + text::counted(clock_steps, "step") + " of the clock";
  return text;
}

CsvReader::CsvReader(std::filesystem::path file, traffic::Nanoseconds start, capture::FileChecksum* checksum,
                     capture::ClockSteps steps)
    : file_(std::move(file)), lines_(file_, checksum), order_(steps) {
  std::string_view header;
  if (lines_.next(header) != LineReader::Next::line) {
    const std::string& damage = lines_.damage();
    throw capture::CaptureError(file_.string() +
                                (damage.empty() ? ": has no line of column names" : ": " + damage));
  }
  rows_.emplace(header, file_.string(), start);
  statistics_.files = 1;
}

void CsvReader::bad_row(const std::string& text) {
  ++statistics_.bad;
  if (bad_rows_.size() < most_shown)
    bad_rows_.push_back(file_.string() + ":" + std::to_string(lines_.number()) + ": " + text);
}

bool CsvReader::read_row() {
  std::string_view line;
  const LineReader::Next next = lines_.next(line);
  if (next == LineReader::Next::end) {
    ended_ = true;
    return false;
  }
  if (next == LineReader::Next::line && line.empty()) return true;
  ++statistics_.rows;
  if (next == LineReader::Next::too_long) {
    bad_row("a line of more than 512 KiB");
    return true;
  }
  traffic::Packet packet;
  switch (rows_->read(line, packet)) {
    case RowKind::packet:
      ++statistics_.packets;
      order_.clock().push(packet);
      break;
    case RowKind::other:
      ++statistics_.other_protocols;
      break;
    case RowKind::without_address:
      ++statistics_.without_address;
      break;
    case RowKind::without_length:
      ++statistics_.without_length;
      break;
    case RowKind::bad:
      bad_row(rows_->problem());
      break;
  }
  return true;
}

bool CsvReader::next(std::size_t limit, traffic::Nanoseconds span, std::vector<traffic::Packet>& packets) {
  constexpr int rows_at_once = 1024;
  while (order_.empty() && !ended_ && !capture::Patience::is_over()) {
    for (int i = 0; i < rows_at_once && !ended_; ++i) read_row();
    if (ended_)
      order_.finish();
    else
      order_.put_in_order();
  }
  order_.take(limit, span, packets);
  statistics_.several_values = rows_->several_values();
  statistics_.reordered = order_.reordered();
  statistics_.wrong_times = order_.clock().wrong_times();
  statistics_.clock_steps = order_.clock().steps();
  statistics_.late = order_.late();
  statistics_.cut_short = ended_ && !lines_.damage().empty() ? 1 : 0;
  return !order_.empty() || !ended_;
}

void CsvReader::find_good_row() {
  while (statistics_.packets == 0 && read_row() && !capture::Patience::is_over()) {
  }
}

std::string CsvReader::no_good_row() const {
  if (statistics_.packets > 0 || statistics_.bad + statistics_.without_address == 0) return "";
  std::string text = file_.string() + ": none of its " + text::counted(statistics_.rows, "row") +
                     " is a good TCP or UDP row: ";
  if (statistics_.bad == 0)
    return text + text::counted(statistics_.without_address, "row") +
           " without addresses; IPv6 needs columns ipv6.src and ipv6.dst";
  return text + std::to_string(statistics_.bad) + " bad, the first one " + bad_rows_.front();
}

std::vector<std::string> CsvReader::losses() const {
  std::vector<std::string> texts = bad_rows_;
  const std::string begin = file_.string() + ": ";
  if (statistics_.bad > bad_rows_.size())
    texts.push_back(begin + text::counted(statistics_.bad - bad_rows_.size(), "more bad row") + " left out");
  if (statistics_.without_address > 0)
    texts.push_back(begin + text::counted(statistics_.without_address, "TCP or UDP row") +
                    " without addresses left out: IPv6 needs columns ipv6.src and ipv6.dst");
  if (statistics_.without_length > 0)
    texts.push_back(begin + text::counted(statistics_.without_length, "TCP or UDP row") +
                    " without a length left out: later fragments, or headers not captured");
  for (const capture::ClockWatch::Note& note : order_.clock().notes()) texts.push_back(begin + note.text);
  if (statistics_.wrong_times > 0)
    texts.push_back(begin + text::counted(statistics_.wrong_times, "packet") +
                    " of a wrong clock got the time of the packet before");
  if (statistics_.late > 0)
    texts.push_back(begin + text::counted(statistics_.late, "packet") +
                    " more than a second out of order got the time of the newest packet before");
  if (statistics_.cut_short > 0)
    texts.push_back(begin + lines_.damage() + ", at line " + std::to_string(lines_.number()));
  else if (statistics_.rows == 0)
    texts.push_back(begin + "a trace without rows");
  return texts;
}

std::vector<capture::InputFile> find_traces(const std::vector<std::string>& patterns) {
  return capture::find_files({"trace", {".csv", ".tsv"}, "devices.csv", false}, patterns);
}

}  // namespace ipet::interchange
