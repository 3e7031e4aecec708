#include "stages/fingerprint/network.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/utils.h>

#include "pipeline/text/lists.hpp"
#include "stages/process/one.hpp"

namespace ipet::fingerprint {
namespace {

constexpr const char* constant_prefix = "normalisation.";

/// Mean and deviation of log(1 + x); a deviation of zero becomes one, since nothing can be scaled.
struct Moments {
  double sum = 0, squares = 0;
  std::size_t count = 0;
  void add(float x) {
    const double y = std::log1p(static_cast<double>(x));
    sum += y;
    squares += y * y;
    ++count;
  }
  [[nodiscard]] float mean() const {
    return static_cast<float>(count == 0 ? 0 : sum / static_cast<double>(count));
  }
  [[nodiscard]] float scale() const {
    if (count == 0) return 1;
    const double m = sum / static_cast<double>(count);
    const double deviation = std::sqrt(std::max(0.0, squares / static_cast<double>(count) - m * m));
    return static_cast<float>(deviation > 1e-6 ? 1 / deviation : 1);
  }
};

NamedArray to_array(const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor values = tensor.detach().to(torch::kFloat32).contiguous();
  const float* data = values.data_ptr<float>();
  return {name, values.sizes().vec(), {data, data + values.numel()}};
}

torch::ScalarType type_of(Precision precision) {
  return precision == Precision::float32 ? torch::kFloat32 : torch::kFloat64;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return "[" + text::joined(shape, ", ", [](std::int64_t extent) { return std::to_string(extent); }) + "]";
}

/// "model 'lstm'"
std::string text_of(const std::string& model) {
  return "model" + (model.empty() ? "" : " '" + model + "'");
}

/// The state of LibTorch's own generator, which comes back at the end of the block.
class GeneratorState {
 public:
  GeneratorState() : generator_(at::detail::getDefaultCPUGenerator()), state_(generator_.get_state()) {}
  GeneratorState& operator=(GeneratorState&&) = delete;
  ~GeneratorState() { generator_.set_state(state_); }

 private:
  at::Generator generator_;
  const torch::Tensor state_;
};

/// LibTorch's own initialisers draw from one generator of the process. While a model is made, its numbers
/// follow from `random`, which loses none of its own by that.
std::shared_ptr<Model> made_by(const ModelFactory& factory, const ModelShape& shape, traffic::Random& random,
                               const std::string& model) {
  static auto& mutex = process::one<std::mutex>("fingerprint.torch_generator");
  const std::lock_guard lock(mutex);
  const GeneratorState before;  // set back, whatever create() does
  traffic::Random seeds = random;
  torch::manual_seed(seeds.bits());
  std::shared_ptr<Model> made = factory.create(shape, random);
  if (made == nullptr) throw std::runtime_error(text_of(model) + " made no network: create() gave null");
  return made;
}

/// For networks whose initial values are overwritten at once.
traffic::Random& unused_random() {
  thread_local traffic::Random random(std::uint64_t{0});
  return random;
}

}  // namespace

void use_one_torch_thread() {
  thread_local bool done = false;
  if (!done) at::set_num_threads(1);
  done = true;
}

NormalisationLayer::NormalisationLayer(Normalisation kind) : kind_(kind) {
  if (kind_ == Normalisation::none) return;
  mean_ = torch::zeros({windows::columns});
  scale_ = torch::ones({windows::columns});
  silence_mean_ = torch::zeros({1});
  silence_scale_ = torch::ones({1});
}

void NormalisationLayer::fit(const Dataset& training) {
  if (kind_ == Normalisation::none) return;
  constexpr std::size_t at_once = 4096;
  std::array<Moments, windows::columns> columns;
  Moments silence;
  std::vector<float> features;
  for (std::size_t first = 0; first < training.size(); first += at_once) {
    const std::size_t count = std::min(at_once, training.size() - first);
    features.resize(count * training.row_size());
    training.read(first, count, features.data());
    for (std::size_t i = 0; i < features.size(); ++i) columns[i % windows::columns].add(features[i]);
    for (std::size_t i = first; i < first + count; ++i) silence.add(training.silence_of(i));
  }
  for (std::size_t c = 0; c < windows::columns; ++c) {
    mean_.data_ptr<float>()[c] = columns[c].mean();
    scale_.data_ptr<float>()[c] = columns[c].scale();
  }
  silence_mean_.data_ptr<float>()[0] = silence.mean();
  silence_scale_.data_ptr<float>()[0] = silence.scale();
}

torch::Tensor NormalisationLayer::features(const torch::Tensor& x) const {
  return kind_ == Normalisation::none ? x : (torch::log1p(x) - mean_) * scale_;
}

torch::Tensor NormalisationLayer::silence(const torch::Tensor& x) const {
  return kind_ == Normalisation::none ? x : (torch::log1p(x) - silence_mean_) * silence_scale_;
}

std::vector<std::pair<std::string, torch::Tensor>> NormalisationLayer::constants() const {
  if (kind_ == Normalisation::none) return {};
  const std::string prefix = constant_prefix;
  return {{prefix + "feature_mean", mean_},
          {prefix + "feature_scale", scale_},
          {prefix + "silence_mean", silence_mean_},
          {prefix + "silence_scale", silence_scale_}};
}

namespace {

Batch empty_batch(std::size_t rows, std::size_t slots) {
  const auto n = static_cast<std::int64_t>(rows);
  return {torch::empty({n, static_cast<std::int64_t>(slots), windows::columns}), torch::empty({n, 1}),
          torch::empty({n}, torch::kInt64)};
}

}  // namespace

Batch make_batch(std::size_t slots, std::span<const WindowRow> rows) {
  Batch batch = empty_batch(rows.size(), slots);
  float* features = batch.features.data_ptr<float>();
  float* silence = batch.silence.data_ptr<float>();
  auto* label = batch.label.data_ptr<std::int64_t>();
  for (const WindowRow& row : rows) {
    features = std::copy_n(row.features, slots * windows::columns, features);
    *silence++ = row.silence;
    *label++ = row.label;
  }
  return batch;
}

Batch make_batch(const LabelledWindows& windows, std::span<const std::uint32_t> rows) {
  std::vector<WindowRow> chosen = text::mapped(rows, [&](std::uint32_t row) {
    return WindowRow{windows.window(row), windows.silence[row], windows.label[row]};
  });
  return make_batch(windows.slots, chosen);
}

Batch make_batch(const Dataset& windows, std::size_t first, std::size_t count) {
  Batch batch = empty_batch(count, windows.slots);
  windows.read(first, count, batch.features.data_ptr<float>());
  for (std::size_t i = 0; i < count; ++i) {
    batch.silence.data_ptr<float>()[i] = windows.silence_of(first + i);
    batch.label.data_ptr<std::int64_t>()[i] = windows.label[first + i];
  }
  return batch;
}

void check_repeatable(const ModelFactory& factory, const ModelShape& shape, const traffic::Random& random,
                      const std::string& model) {
  const auto parameters = [&] {
    traffic::Random same = random;
    return made_by(factory, shape, same, model)->named_parameters();
  };
  const auto first = parameters(), second = parameters();
  const auto differ = [&](const std::string& what) {
    throw std::runtime_error(
        text_of(model) + ", made twice with the same random numbers, has " + what +
        ": create() draws all initial values from the Random that it is given, and makes "
        "the same layers each time");
  };
  if (first.size() != second.size())
    differ(std::to_string(first.size()) + " parameters and then " + std::to_string(second.size()));
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i].key() != second[i].key())
      differ("the parameter '" + first[i].key() + "' and then '" + second[i].key() + "'");
    if (!at::equal(first[i].value(), second[i].value()))
      differ("other values in parameter '" + first[i].key() + "'");
  }
}

Network::Network(std::shared_ptr<const ModelFactory> factory, const ModelShape& shape,
                 Normalisation normalisation, traffic::Random& random, Precision precision, std::string model)
    : name_(std::move(model)),
      factory_(std::move(factory)),
      shape_(shape),
      precision_(precision),
      normalisation_(normalisation),
      model_(made_by(*factory_, shape, random, name_)),
      parameters_(model_->parameters()) {
  use_one_torch_thread();
  std::int64_t size = 0;
  for (const auto& parameter : model_->named_parameters()) {
    if (parameter.value().scalar_type() != torch::kFloat32)
      throw std::runtime_error("model parameter '" + parameter.key() + "' is not float32");
    size += parameter.value().numel();
  }
  const torch::Tensor flat = torch::empty({size});
  float* next = flat.data_ptr<float>();
  for (const torch::Tensor& parameter : parameters_) {
    const torch::Tensor values = parameter.detach().contiguous();
    next = std::copy_n(values.data_ptr<float>(), values.numel(), next);
  }
  adopt(flat.to(type_of(precision)));
  for (auto& buffer : model_->buffers())
    if (buffer.is_floating_point()) buffer.set_data(buffer.to(type_of(precision)));
}

Network::Network(const TrainedModel& trained, Precision precision)
    : Network(trained.factory, {trained.slots, static_cast<std::int64_t>(trained.classes.size())},
              trained.normalisation, unused_random(), precision, trained.model) {
  load(trained.parameters);
}

void Network::adopt(const torch::Tensor& flat) {
  flat_ = flat;
  std::int64_t offset = 0;
  for (torch::Tensor& parameter : parameters_) {
    const torch::Tensor view = flat.narrow(0, offset, parameter.numel()).view(parameter.sizes());
    offset += parameter.numel();
    parameter.set_data(view);
  }
}

std::unique_ptr<Network> Network::replica() const {
  auto copy =
      std::make_unique<Network>(factory_, shape_, normalisation_.kind(), unused_random(), precision_, name_);
  copy->normalisation_ = normalisation_;  // tensors are handles: same memory
  copy->adopt(flat_);
  const auto buffers = model_->named_buffers();
  for (auto& buffer : copy->model_->named_buffers()) buffer.value().set_data(buffers[buffer.key()]);
  return copy;
}

torch::Tensor Network::forward(const torch::Tensor& features, const torch::Tensor& silence) {
  const bool is_float = precision_ == Precision::float32;
  const torch::Tensor in = normalisation_.features(is_float ? features : features.to(torch::kFloat64));
  torch::Tensor logits =
      model_->forward(in, normalisation_.silence(is_float ? silence : silence.to(torch::kFloat64)));
  if (!std::exchange(first_is_seen_, true)) look_at_first(in, logits);
  return logits;
}

void Network::look_at_first(const torch::Tensor& features, const torch::Tensor& logits) {
  const std::vector<std::int64_t> wanted = {features.size(0), shape_.classes};
  const std::vector<std::int64_t> shape =
      logits.defined() ? logits.sizes().vec() : std::vector<std::int64_t>();
  if (shape != wanted)
    throw std::runtime_error(text_of(name_) + " gave logits of shape " + shape_text(shape) + " for " +
                             std::to_string(wanted[0]) + " windows and " + std::to_string(wanted[1]) +
                             " devices: forward() gives [windows, devices], " + shape_text(wanted));
  // Of extreme features, any network's would be.
  constexpr double usual = 1e6;
  const torch::NoGradGuard no_gradients;
  if (features.numel() == 0 || !(features.abs().max().item<double>() < usual)) return;
  if (!torch::isfinite(logits).all().item<bool>())
    throw std::runtime_error(text_of(name_) +
                             " gave logits that are no finite numbers for its first batch of windows, whose "
                             "features are");
}

template <class Real>
std::span<Real> Network::values() {
  return {flat_.data_ptr<Real>(), static_cast<std::size_t>(flat_.numel())};
}
template std::span<float> Network::values();
template std::span<double> Network::values();

void Network::freeze() {
  for (torch::Tensor& parameter : parameters_) parameter.set_requires_grad(false);
}

std::vector<NamedArray> Network::arrays() const {
  std::vector<NamedArray> arrays = text::mapped(
      normalisation_.constants(), [](const auto& each) { return to_array(each.first, each.second); });
  for (const auto& parameter : model_->named_parameters())
    arrays.push_back(to_array(parameter.key(), parameter.value()));
  for (const auto& buffer : model_->named_buffers()) arrays.push_back(to_array(buffer.key(), buffer.value()));
  return arrays;
}

void Network::load(const std::vector<NamedArray>& arrays) {
  const torch::NoGradGuard no_gradients;
  std::size_t used = 0;
  const auto fill = [&](const std::string& name, torch::Tensor tensor) {
    const auto found = std::ranges::find(arrays, name, &NamedArray::name);
    if (found == arrays.end()) throw std::runtime_error("the stored model has no parameter '" + name + "'");
    const std::vector<std::int64_t> shape = tensor.sizes().vec();
    if (found->shape != shape || found->values.size() != static_cast<std::size_t>(tensor.numel()))
      throw std::runtime_error("the stored parameter '" + name + "' has the shape " +
                               shape_text(found->shape) + ", the model wants " + shape_text(shape));
    tensor.copy_(torch::tensor(found->values).view(shape));
    ++used;
  };
  for (const auto& [name, tensor] : normalisation_.constants()) fill(name, tensor);
  for (const auto& parameter : model_->named_parameters()) fill(parameter.key(), parameter.value());
  for (const auto& buffer : model_->named_buffers()) fill(buffer.key(), buffer.value());
  if (used == arrays.size()) return;
  std::vector<NamedArray> known = this->arrays();
  for (const NamedArray& array : arrays) {
    if (std::none_of(known.begin(), known.end(), [&](const NamedArray& k) { return k.name == array.name; }))
      throw std::runtime_error("the stored parameter '" + array.name + "' does not exist in the model");
  }
}

}  // namespace ipet::fingerprint
