// A task between two readings of the captures, so that a test can change them in between: it makes the file
// "waiting" in the run's folder, and passes traces on when there is a file "go".
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "pipeline/sdk/plugin.hpp"
#include "stages/traffic/traces.hpp"

namespace {

class Gate {
 public:
  Gate(const ipet::NoOptions&, ipet::StageContext& context) : context_(context) {}
  void run(ipet::Emitter& emit) {
    const std::filesystem::path folder = context_.output_folder();
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "waiting").close();
    while (!std::filesystem::exists(folder / "go")) {
      context_.check_interrupted();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    emit(ipet::traffic::Traces(*context_.whole<ipet::traffic::Traces>("traces")));
  }

 private:
  ipet::StageContext& context_;
};

}  // namespace

IPET_PLUGIN("gate", "1.0", catalog) {
  catalog.task<Gate>("gate").whole<ipet::traffic::Traces>("traces").output<ipet::traffic::Traces>("passed");
}
