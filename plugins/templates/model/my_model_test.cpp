// What the trainer demands of a model, on random windows.
#include "my_model.cpp"

#include <cstdio>
#include <cstdlib>

static void expect(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}

int main() {
  ipet::traffic::Random random(20);
  const fingerprint::ModelShape shape{40, 5};  // slots, classes
  const std::shared_ptr<fingerprint::Model> model = MyModelFactory({}).create(shape, random);
  const torch::Tensor features = torch::rand({7, shape.slots, 4}), silence = torch::rand({7, 1});
  const torch::Tensor logits = model->forward(features, silence);
  expect(logits.sizes() == torch::IntArrayRef({7, 5}), "a row for each window, a column for each device");
  expect(torch::isfinite(logits).all().item<bool>(), "all logits are finite");
  const torch::Tensor alone = model->forward(features.slice(0, 2, 3), silence.slice(0, 2, 3));
  expect(torch::allclose(alone, logits.slice(0, 2, 3), 1e-4, 1e-5),
         "a window's logits do not depend on the others");
  logits.sum().backward();
  for (const auto& parameter : model->named_parameters())
    expect(parameter.value().grad().defined(), (parameter.key() + " learns").c_str());
}
