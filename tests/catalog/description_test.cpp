// Descriptions of plugins as text.
#include <limits>

#include <gtest/gtest.h>

#include "pipeline/catalog/plugin_description.hpp"

namespace {

using namespace ipet;
using namespace ipet::catalog;

OptionDescription option(const std::string& name, Value fallback) {
  OptionDescription out;
  out.name = name;
  out.fallback = std::move(fallback);
  return out;
}

/// One of everything that can be declared.
PluginDescription sample() {
  PluginDescription plugin{"sample", "1.0", {}, {}, {{"watch", "vigil", "Keeps a vigil."}}, {"a", "b"}};
  StageDescription stage;
  stage.name = "mixer";
  stage.form = Form::keyed;
  stage.about = "Mixes \"all\"\nof it: \xc3\xa4.";
  stage.reads_inputs_again = true;
  InputDescription input{"traces",        {{"trace", 3, ~std::uint64_t{0}}}, true, true, Collector{},
                         "What is mixed."};
  input.collector->element = {"packet", 2, 7};
  input.needed_by = "defence 'x'";
  stage.inputs = {input};
  stage.meets = {input};
  stage.outputs = {{"mixed", {"trace", 3, 9}, false, "What came of it."}};
  stage.options.options = {option("flag", Value(true)),
                           option("count", Value(std::int64_t{-4})),
                           option("omega", Value(0.1)),
                           option("whole", Value(4.0)),
                           option("name", Value(std::string("x"))),
                           option("many", Value(Array{Value(0.5), Value(std::int64_t{2})}))};
  OptionDescription& last = stage.options.options.back();
  last.type = "list of float";
  last.unit = "s";
  last.about = "Times.";
  last.required = true;
  last.minimum = 1e-6;
  last.choices = {"near", "far"};
  last.choice_values = {0, 1};
  last.component = ComponentReference{{"defence", 1, 5}};
  last.passes_needs = true;
  plugin.stages = {stage};
  ComponentDescription component;
  component.name = "perturbation";
  component.interface = {"defence", 1, 5};
  component.about = "Ours.";
  component.options = stage.options;
  component.needs = {input};
  component.former_name = "ipet";
  plugin.components = {component};
  return plugin;
}

TEST(DescriptionText, SaysAllThatWasDeclared) {
  const auto read = read_description(text_of(sample()));
  ASSERT_TRUE(read);
  EXPECT_EQ(text_of(*read), text_of(sample()));
  EXPECT_EQ(read->name + read->version, "sample1.0");
  EXPECT_EQ(read->good, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->verbs.at(0).name + read->verbs.at(0).stage + read->verbs.at(0).about,
            "watchvigilKeeps a vigil.");
  const StageDescription& stage = read->stages.at(0);
  EXPECT_EQ(stage.name, "mixer");
  EXPECT_EQ(stage.form, Form::keyed);
  EXPECT_EQ(stage.about, "Mixes \"all\"\nof it: \xc3\xa4.");
  EXPECT_TRUE(stage.reads_inputs_again);
  const InputDescription& input = stage.inputs.at(0);
  EXPECT_EQ(input.types.at(0), (TypeName{"trace", 3, ~std::uint64_t{0}}));
  EXPECT_TRUE(input.whole && input.optional);
  EXPECT_EQ(input.collector.value().element, (TypeName{"packet", 2, 7}));
  EXPECT_FALSE(input.single);
  EXPECT_EQ(input.about + input.needed_by, "What is mixed.defence 'x'");
  EXPECT_EQ(stage.meets.size(), 1U);
  EXPECT_EQ(stage.outputs.at(0).type, (TypeName{"trace", 3, 9}));
  std::string fallbacks;
  for (const OptionDescription& each : stage.options.options) fallbacks += each.fallback.toml() + " ";
  EXPECT_EQ(fallbacks, "true -4 0.1 4.0 \"x\" [0.5, 2] ");
  const OptionDescription& last = stage.options.options.back();
  EXPECT_EQ(last.type + last.unit + last.about, "list of floatsTimes.");
  EXPECT_TRUE(last.required && last.passes_needs);
  EXPECT_EQ(last.minimum, 1e-6);
  EXPECT_EQ(last.maximum, std::nullopt);
  EXPECT_EQ(last.choices, (std::vector<std::string>{"near", "far"}));
  EXPECT_EQ(last.choice_values, (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(last.component.value().interface, (TypeName{"defence", 1, 5}));
  const ComponentDescription& component = read->components.at(0);
  EXPECT_EQ(component.name + component.former_name, "perturbationipet");
  EXPECT_EQ(component.interface, (TypeName{"defence", 1, 5}));
  EXPECT_EQ(component.needs.size(), 1U);
}

TEST(DescriptionText, OfAnybodyIsReadOrRefused) {
  const std::string whole = text_of(sample());
  std::size_t refused = 0;
  const auto look = [&](const std::string& text) {
    const auto read = read_description(text);
    refused += read ? 0 : 1;
    if (!read) return;
    for (const StageDescription& stage : read->stages)
      for (const InputDescription& input : stage.inputs) EXPECT_FALSE(input.types.empty());
  };
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    look(whole.substr(0, i));
    for (const char byte : {'\0', '"', '{', ']', '9', '\xff'}) {
      std::string text = whole;
      text[i] = byte;
      look(text);
    }
  }
  EXPECT_GT(refused, whole.size() / 7);
  look(std::string(1 << 20, '['));
  std::string deep = whole;
  const std::string shallow = "[0.5,2]";
  ASSERT_NE(deep.find(shallow), std::string::npos) << deep;
  deep.replace(deep.find(shallow), shallow.size(), std::string(100'000, '[') + std::string(100'000, ']'));
  EXPECT_FALSE(read_description(deep));
  EXPECT_FALSE(read_description("[]"));
  EXPECT_FALSE(read_description("{}"));
}

TEST(DescriptionText, RefusesPortsThatNoPluginDeclares) {
  PluginDescription without_type = sample();
  without_type.stages[0].inputs[0].types.clear();
  EXPECT_FALSE(read_description(text_of(without_type)));
  PluginDescription of_two = sample();
  of_two.components[0].needs[0].types.push_back({"packet", 2, 7});
  EXPECT_FALSE(read_description(text_of(of_two)));
  std::string other_form = text_of(sample());
  other_form.replace(other_form.find("\"form\":2"), 8, "\"form\":9");
  EXPECT_FALSE(read_description(other_form));
}

TEST(DescriptionText, IsNotMadeOfNamesThatAreNoText) {
  PluginDescription plugin = sample();
  plugin.stages[0].about = "\xff";
  EXPECT_ANY_THROW(text_of(plugin));
}

}  // namespace
