// What is printed, made safe for terminals (pipeline/text/README.md).
#pragma once

#include <iosfwd>
#include <streambuf>
#include <string>

namespace ipet::cli {

/// Passes on text with control characters and bytes that are no UTF-8 escaped; newlines stay. Characters may
/// come in pieces.
class PrintableBuffer final : public std::streambuf {
 public:
  explicit PrintableBuffer(std::streambuf& out) : out_(out) {}
  PrintableBuffer& operator=(PrintableBuffer&&) = delete;
  ~PrintableBuffer() override;
  /// Why something could not be passed on: errno of the first time; 0 where nothing failed.
  [[nodiscard]] int error() const { return error_; }

 protected:
  int_type overflow(int_type byte) override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;
  int sync() override;

 private:
  bool pass_on(std::string_view bytes);
  void note_failure();

  std::streambuf& out_;
  int error_ = 0;
  std::string begun_;  ///< of a character that is not complete
};

/// For its lifetime a stream prints through a PrintableBuffer.
class PrintableStream {
 public:
  explicit PrintableStream(std::ostream& stream);
  PrintableStream& operator=(PrintableStream&&) = delete;
  ~PrintableStream();

 private:
  std::ostream& stream_;
  std::streambuf& before_;
  PrintableBuffer buffer_;
};

/// Why a stream that prints through a PrintableBuffer failed, as the end of a sentence: "was closed", "cannot
/// be written (No space left on device)"; "" where it did not.
std::string output_fault(const std::ostream& stream);

/// The default logger: standard error, with what others wrote made printable. A message's further lines are
/// indented, so that no name can pass for a message.
void log_to_stderr();

/// "error: TEXT" on standard error, further lines indented.
void print_error(const std::string& text);

}  // namespace ipet::cli
