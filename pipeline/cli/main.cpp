#include "pipeline/cli/command_line.hpp"

int main(int argc, char** argv) {
  return ipet::cli::command_line(argc, argv);
}
