// Runs gnuplot as a child process, without a shell.
#pragma once

#include <stdexcept>
#include <string>

namespace ipet::plots {

struct PlotError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// "" when gnuplot is on the PATH, else what to do about it.
std::string obstacle_to_drawing();

/// What gnuplot writes to its standard output when it is given the script; settings of the user's own
/// are not read. Throws PlotError when gnuplot is missing or fails, with what it said.
std::string run_gnuplot(const std::string& script);

/// The script's picture as SVG. The same script gives the same bytes with the same gnuplot; its version is
/// not in the file. The script sets no terminal: width and height are in pixels. `title` is the file's,
/// beside what the script draws.
std::string draw_svg(const std::string& script, int width, int height, const std::string& title);

}  // namespace ipet::plots
