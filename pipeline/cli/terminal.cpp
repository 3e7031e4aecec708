#include "pipeline/cli/terminal.hpp"

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "pipeline/text/printable.hpp"

namespace ipet::cli {
namespace {

constexpr std::size_t indent = 4;

/// "%v" made printable. Colours are written by others, around it.
class Payload final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const std::string text = text::printable_lines({message.payload.data(), message.payload.size()}, indent);
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override {
    return spdlog::details::make_unique<Payload>();
  }
};

/// Bytes at the end that may become a character with what follows.
std::size_t incomplete(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0U) == 0x80U) continue;
    const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}

}  // namespace

PrintableBuffer::~PrintableBuffer() {
  const std::string text = text::printable(begun_);
  out_.sputn(text.data(), static_cast<std::streamsize>(text.size()));
}

PrintableBuffer::int_type PrintableBuffer::overflow(int_type byte) {
  if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
  const char c = traits_type::to_char_type(byte);
  return pass_on({&c, 1}) ? byte : traits_type::eof();
}

std::streamsize PrintableBuffer::xsputn(const char* bytes, std::streamsize count) {
  return pass_on({bytes, static_cast<std::size_t>(count)}) ? count : 0;
}

int PrintableBuffer::sync() {
  errno = 0;
  const int done = out_.pubsync();
  if (done != 0) note_failure();
  return done;
}

void PrintableBuffer::note_failure() {
  if (error_ == 0) error_ = errno != 0 ? errno : EIO;
}

bool PrintableBuffer::pass_on(std::string_view bytes) {
  const std::string all = std::exchange(begun_, {}) + std::string(bytes);
  const std::size_t whole = all.size() - incomplete(all);
  begun_ = all.substr(whole);
  const std::string text = text::printable_lines(std::string_view(all).substr(0, whole));
  const auto size = static_cast<std::streamsize>(text.size());
  errno = 0;
  if (out_.sputn(text.data(), size) == size) return true;
  note_failure();
  return false;
}

PrintableStream::PrintableStream(std::ostream& stream)
    : stream_(stream), before_(*stream.rdbuf()), buffer_(before_) {
  stream_.rdbuf(&buffer_);
}

PrintableStream::~PrintableStream() {
  // rdbuf() clears the state, which says what could not be written.
  const std::ios_base::iostate state = stream_.rdstate();
  stream_.rdbuf(&before_);
  stream_.setstate(state);
}

std::string output_fault(const std::ostream& stream) {
  if (stream) return {};
  const auto* buffer = dynamic_cast<const PrintableBuffer*>(stream.rdbuf());
  const int error = buffer != nullptr ? buffer->error() : 0;
  if (error == EPIPE) return "was closed";
  return "cannot be written" + (error == 0 ? "" : " (" + std::generic_category().message(error) + ")");
}

void log_to_stderr() {
  auto logger = spdlog::stderr_color_mt("ipet");
  auto formatter = spdlog::details::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<Payload>('*').set_pattern("%H:%M:%S %^%l%$ %*");
  logger->set_formatter(std::move(formatter));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

void print_error(const std::string& text) {
  std::cerr << "error: " << text::printable_lines(text, indent) << "\n";
}

}  // namespace ipet::cli
