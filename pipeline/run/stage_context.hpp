// The StageContext of one stage in one pass.
#pragma once

#include <set>
#include <utility>

#include "pipeline/run/run_state.hpp"
#include "pipeline/run/schedule.hpp"
#include "pipeline/sdk/made.hpp"
#include "pipeline/sdk/result_row.hpp"

namespace ipet::run {

class RunContext final : public StageContext, public MadeListener, public ResultListener {
 public:
  /// `quiet`: the stage runs again only to feed a later pass; what it says was said in its own pass.
  /// `wanted`: the outputs that something takes in this pass.
  RunContext(RunState& run, std::size_t stage, bool quiet, std::set<std::size_t> wanted = {})
      : run_(run), stage_(stage), quiet_(quiet), wanted_(std::move(wanted)) {}

  [[nodiscard]] const std::string& stage() const override { return run_.plan.stages[stage_].id; }
  [[nodiscard]] std::uint64_t seed() const override { return run_.plan.run.seed; }
  [[nodiscard]] std::size_t threads() const override { return run_.threads; }
  [[nodiscard]] std::filesystem::path output_folder() const override { return run_.plan.run.output; }
  [[nodiscard]] RunRecord run() const override { return run_.record(); }
  [[nodiscard]] std::vector<ComponentInput> component_inputs() const override;
  [[nodiscard]] bool connected(std::string_view output) const override;
  void info(std::string_view text) override {
    if (!quiet_) run_.say(false, stage_, text);
  }
  void warn(std::string_view text) override {
    if (!quiet_) run_.say(true, stage_, text);
  }
  void print_at_end(std::string text) override {
    if (!quiet_) run_.note_printed(stage_, std::move(text));
  }
  void made(std::uint64_t count, std::string_view one, std::string_view many) override {
    if (!quiet_) run_.note_made(stage_, count, one, many);
  }
  void result(ResultRow row) override {
    if (!quiet_) run_.note_result(stage_, std::move(row));
  }
  void progress(double fraction, std::string_view text) override;
  void resume_point(std::string_view text) override;
  void record_input(const std::filesystem::path& file) override {
    run_.outputs.note_input(file);
    run_.inputs().note(reader(), file, [this] { run_.check_reading(); });
  }
  void record_input(InputRecord input) override {
    run_.outputs.note_input(input.path);
    run_.inputs().note(reader(), std::move(input));
  }
  [[nodiscard]] bool cancelled() const override { return run_.halted(); }
  [[nodiscard]] bool interrupted() const override { return run_.tell_interrupted(); }
  [[nodiscard]] bool stop_requested() const override { return run_.tell_stop_requested(); }
  [[nodiscard]] bool fresh() const override { return run_.facts.fresh; }
  [[nodiscard]] std::size_t readings() const override { return readings_of(run_.plan, stage_); }
  const std::filesystem::path& reserve(const std::filesystem::path& result) override {
    if (!quiet_) run_.outputs.reserve(stage_, result);
    return result;
  }
  /// A stage that runs again published in its own pass.
  void publish(const std::filesystem::path& result, const CompleteFiles& files) override {
    if (quiet_) return;
    run_.outputs.publish(stage_, result, files, [this](std::size_t stage, const std::string& text) {
      run_.say(false, stage, text);
    });
  }
  [[nodiscard]] Earlier earlier(const std::filesystem::path& file) const override {
    return run_.outputs.earlier(file);
  }

 protected:
  [[nodiscard]] std::shared_ptr<const void> whole_payload(std::string_view port,
                                                          const TypeName& type) const override;
  std::shared_ptr<const void> make_component(const TypeName& interface, const std::string& name,
                                             const std::string& options) override {
    return run_.make_component(interface, name, options);
  }

 private:
  [[nodiscard]] Inputs::Reader reader() const { return {stage_, quiet_}; }

  RunState& run_;
  const std::size_t stage_;
  const bool quiet_;
  const std::set<std::size_t> wanted_;
};

}  // namespace ipet::run
