// Scripts have the right numbers in them, and gnuplot draws them.
#include "stages/plots/figures.hpp"

#include <regex>
#include <sstream>

#include <gmock/gmock.h>

#include "stages/plots/gnuplot.hpp"
#include "stages/plots/script.hpp"
#include "tests/evaluation/comparison_samples.hpp"

namespace ipet::plots {
namespace {

namespace samples = evaluation::samples;
using testing::HasSubstr;
using testing::Not;

std::string drawn(const Figure& figure) {
  return draw_svg(figure.script, figure.width, figure.height, figure.title);
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

/// Characters of the longest line of text.
std::size_t longest_text(const std::string& svg) {
  std::size_t longest = 0;
  for (std::size_t at = 0; (at = svg.find("<text>", at)) != std::string::npos; ++at)
    longest = std::max(longest, svg.find("</text>", at) - at - 6);
  return longest;
}

/// Pixels from the top to the line on which the lowest text stands.
double lowest_text(const std::string& svg) {
  const std::regex place("translate\\(([-0-9.]+),([-0-9.]+)\\)[^>]*>\\s*<text>");
  double lowest = 0;
  for (std::sregex_iterator i(svg.begin(), svg.end(), place), end; i != end; ++i)
    lowest = std::max(lowest, std::stod((*i)[2]));
  return lowest;
}

/// Of one shape and colour.
std::size_t points(const std::string& svg, const std::string& shape, const std::string& colour) {
  std::istringstream lines(svg);
  std::size_t found = 0;
  for (std::string line; std::getline(lines, line);)
    found += line.find("href='#" + shape + "' ") != std::string::npos &&
                     line.find("color='rgb(" + colour + ")'/>") != std::string::npos
                 ? 1
                 : 0;
  return found;
}

TEST(Scripts, quote_text_so_that_it_stays_text) {
  EXPECT_EQ(gnuplot_quoted("it's \"here\"\\n\n$x"), "'it''s \"here\"\\n\\n$x'");
  EXPECT_EQ(file_part("chorus (replay), x0.5/a"), "chorus-replay-x0.5-a");
  EXPECT_EQ(characters("caméra"), 6U);
}

// A terminal, gnuplot, a shell and XML would each do something else with one of these.
TEST(Scripts, leave_names_of_devices_as_they_are) {
  const std::string names[] = {"\"lamp\", 'hall'", "<b>&amp;]]>", "\\ $(reboot) `date` @x {x}^2",
                               "50% %d %s %"};
  std::string script = "set xtics (";
  for (std::size_t i = 0; i < 4; ++i)
    script += (i > 0 ? ", " : "") + tic_quoted(names[i]) + " " + std::to_string(i);
  script += ")\nset title " + gnuplot_quoted(names[1] + names[2]) + "\nset key\nplot [0:3] x title " +
            gnuplot_quoted(names[3] + " \x1b[2J\xe9") + "\n";
  const std::string svg = draw_svg(script, 800, 400, "names");
  std::vector<std::string> texts;
  for (std::size_t at = 0; (at = svg.find("<text>", at)) != std::string::npos;) {
    at += 6;
    texts.push_back(svg.substr(at, svg.find("</text>", at) - at));
  }
  EXPECT_THAT(texts,
              testing::IsSupersetOf(
                  {"\"lamp\", 'hall'", "&lt;b>&amp;amp;]]&gt;", "\\ $(reboot) `date` @x {x}^2", "50% %d %s %",
                   "&lt;b>&amp;amp;]]&gt;\\ $(reboot) `date` @x {x}^2", "50% %d %s % \\x1b[2J\\xe9"}));
}

TEST(OverheadCurve, has_a_line_per_defence_through_its_variants) {
  const auto figure = overhead_curve(samples::comparison(), "T2");
  ASSERT_TRUE(figure.has_value());
  EXPECT_EQ(figure->name, "overhead-T2");
  // The strongest attackers of chorus at half and at its own budget, by bytes; not its control of 0 bytes.
  EXPECT_THAT(figure->script, HasSubstr("$series0 << EOD\n"
                                        "56.8 0.4800 0.4300 0.5200\n"
                                        "113.6 0.3600 0.3100 0.4000\n"
                                        "EOD\n"
                                        "$series1 << EOD\n"
                                        "2840 0.3500 0.3000 0.3900\n"
                                        "EOD\n"));
  EXPECT_THAT(figure->script, HasSubstr("0.7200 title 'no defence (0.72, n = 400)'"));
  EXPECT_THAT(figure->script, HasSubstr("0.3333 title 'guessing (0.33)'"));
  EXPECT_THAT(figure->script, Not(HasSubstr("'0' ")));
  const std::string svg = drawn(*figure);
  for (const char* name :
       {"chorus (n = 400)", "padding (n = 400)", "no defence (0.72, n = 400)", "guessing (0.33)"})
    EXPECT_EQ(count(svg, ">" + std::string(name) + "<"), 1U) << name;
  EXPECT_EQ(points(svg, "gpPt6", "  0, 114, 178"), 2U + 1) << "of chorus, and the one of the legend";
  EXPECT_EQ(points(svg, "gpPt4", "213,  94,   0"), 1U + 1) << "of padding";
}

TEST(OverheadCurve, has_its_axes_named_and_says_what_bars_and_n_are) {
  evaluation::EvaluationReport report = samples::comparison();
  for (evaluation::Score& score : report.scores) score.interval_over = "captures";
  const std::string svg = drawn(*overhead_curve(report, "T2"));
  EXPECT_THAT(
      svg,
      HasSubstr("<title>What an eavesdropper still learns, and what it costs (threat level T2)</title>"));
  EXPECT_THAT(svg, HasSubstr(">T2: retrained on many defended copies of every day<"));
  EXPECT_THAT(svg, HasSubstr(">macro F1 of the strongest attacker<"));
  EXPECT_THAT(svg, HasSubstr(">cover, bytes per second on the wire (mean over devices)<"));
  EXPECT_THAT(svg, HasSubstr(">bars: 95 %, by bootstrap over captures; n: test rows<"));
}

TEST(OverheadCurve, says_from_where_to_where_the_number_of_rows_goes) {
  evaluation::EvaluationReport report = samples::comparison();
  report.scores[6].windows = 90;  // chorus at half its budget
  EXPECT_THAT(overhead_curve(report, "T2")->script, HasSubstr("title 'chorus (n = 90 to 400)'"));
}

TEST(OverheadCurve, shows_from_where_to_where_guessing_goes) {
  evaluation::EvaluationReport report = samples::comparison();
  report.scores[6].chance = 0.5;  // chorus at half its budget
  const auto figure = overhead_curve(report, "T2");
  EXPECT_THAT(figure->script, HasSubstr("0.5000 title 'guessing (0.33 to 0.50)' with lines"));
  EXPECT_THAT(figure->script, HasSubstr("0.3333 notitle with lines"));
  EXPECT_EQ(count(drawn(*figure), ">guessing (0.33 to 0.50)<"), 1U);
}

TEST(OverheadCurve, puts_defences_that_add_nothing_at_the_left_end) {
  evaluation::EvaluationReport report = samples::comparison();
  report.costs[2].wire_bytes_per_second = 0;  // chorus at half its budget
  report.costs[3].wire_bytes_per_second = -5;
  const auto figure = overhead_curve(report, "T2");
  // Decades from 100 to 1000; 0 has its place at 40.
  EXPECT_THAT(figure->script, HasSubstr("set xtics ('0' 40, '100' 100,"));
  EXPECT_THAT(figure->script, HasSubstr("$series0 << EOD\n40 0.4800 "));
  EXPECT_THAT(figure->script, HasSubstr("$series1 << EOD\n40 0.3500 "));
  EXPECT_THAT(drawn(*figure), HasSubstr(">0<"));
}

/// A level that was tried behind filters alone, which nobody needs where nothing is defended.
evaluation::EvaluationReport behind_filters() {
  evaluation::EvaluationReport report = samples::comparison();
  report.scores.push_back(samples::score("chorus", "own", "T3", "lstm behind dummy_filter", 0.4));
  return report;
}

TEST(OverheadCurve, compares_attackers_behind_filters_with_those_of_T2_where_nothing_is_defended) {
  EXPECT_THAT(overhead_curve(behind_filters(), "T3")->script,
              HasSubstr("0.7200 title 'no defence, T2 (0.72, n = 400)' with lines"));
}

TEST(OverheadCurve, draws_no_bar_without_an_interval) {
  evaluation::EvaluationReport report = samples::comparison();
  report.scores[7].macro_f1_low = report.scores[7].macro_f1_high = std::nan("");
  const std::string script = overhead_curve(report, "T2")->script;
  EXPECT_THAT(script, HasSubstr("2840 0.3500 0.3500 0.3500\n"));
  EXPECT_THAT(script, HasSubstr(".'n: test rows'\n")) << "no interval says what it is over";
  EXPECT_THAT(script, Not(HasSubstr("bars:")));
}

TEST(OverheadCurve, needs_scores_and_costs) {
  EXPECT_FALSE(overhead_curve(samples::comparison(), "T5").has_value());
  evaluation::EvaluationReport report = samples::comparison();
  report.costs.clear();
  EXPECT_FALSE(overhead_curve(report, "T2").has_value());
}

TEST(ConfusionMatrices, show_shares_of_each_true_device_with_and_without_the_defence) {
  evaluation::EvaluationReport report = samples::comparison();
  report.scores[2].confusion = {10, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0};  // none, T2, strongest
  const std::vector<Figure> figures = confusion_matrices(report, "T2");
  ASSERT_EQ(figures.size(), 2U);
  EXPECT_EQ(figures[0].name, "confusion-T2-chorus");
  EXPECT_EQ(figures[1].name, "confusion-T2-padding");
  // By named, then true device; the third device has no rows without a defence.
  EXPECT_THAT(figures[0].script,
              HasSubstr("$before << EOD\n0 0 100.0\n1 0 0.0\n2 0 0.0\n0 1 0.0\n1 1 80.0\n2 1 20.0\nEOD"));
  // {90, 5, 5}, {60, 40, 100}, {30, 45, 25}
  EXPECT_THAT(figures[0].script,
              HasSubstr("$after << EOD\n0 0 90.0\n1 0 5.0\n2 0 5.0\n0 1 30.0\n1 1 20.0\n2 1 50.0\n"
                        "0 2 30.0\n1 2 45.0\n2 2 25.0\nEOD"));
  const std::string svg = drawn(figures[0]);
  EXPECT_THAT(svg, HasSubstr("without a defence (T2)"));
  EXPECT_THAT(svg, HasSubstr(">T2: retrained on many defended copies of every day.<"));
  EXPECT_LE(lowest_text(svg), figures[0].height - 5) << "the footer has four lines";
  EXPECT_THAT(svg, HasSubstr("boost 15 min: macro F1 0.72 (0.67 to 0.76), n = 400<"));
  EXPECT_THAT(svg, HasSubstr("lstm: macro F1 0.36 (0.31 to 0.40), n = 400<"));
  EXPECT_EQ(count(svg, "front_door-cam"), 3U) << "rows once, columns of both";
  EXPECT_EQ(count(svg, "plug &amp; socket, \"hall\""), 3U);
  for (const char* rows :
       {">front_door-cam (10)<", ">(200)<", ">bulb (10)<", ">plug &amp; socket, \"hall\" (0)<"})
    EXPECT_EQ(count(svg, rows), 1U) << rows;
  EXPECT_EQ(count(svg, ">(100)<"), 2U) << "test rows of two devices under chorus";
  EXPECT_EQ(count(svg, ">other<"), 0U) << "nobody is it, nobody is called it";
}

TEST(ConfusionMatrices, compare_attackers_behind_filters_with_those_of_T2_where_nothing_is_defended) {
  const std::vector<Figure> figures = confusion_matrices(behind_filters(), "T3");
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].name, "confusion-T3-chorus");
  EXPECT_THAT(figures[0].script, HasSubstr("'without a defence (T2)'"));
  EXPECT_THAT(figures[0].script, HasSubstr("'chorus (T3)'"));
  EXPECT_THAT(figures[0].script, HasSubstr("T2: retrained on many"));
  EXPECT_THAT(figures[0].script, HasSubstr("T3: retrained on defended copies behind a filter"));
}

TEST(ConfusionMatrices, are_there_of_plain_evaluations_too) {
  evaluation::EvaluationReport report;
  report.devices = {"plug", "bulb"};
  report.scores = {{"none", "static lstm", 8, 0.75, 0.7, 0.5, {0.5, 1.0}, {2, 2, 0, 4}},
                   {"ipet", "static lstm", 4, 0.25, 0.1, 1.0, {0, 0.5}, {0, 4, 4, 4}},
                   {"ipet", "retrained lstm", 4, 0.25, 0.2, 1.0, {0.25, 0}, {1, 3, 8, 0}}};
  const std::vector<Figure> figures = confusion_matrices(report, "");
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].name, "confusion-ipet");
  EXPECT_THAT(figures[0].script, HasSubstr("$after << EOD\n0 0 25.0\n1 0 75.0\n0 1 100.0\n1 1 0.0\nEOD"));
  std::string svg = drawn(figures[0]);
  EXPECT_THAT(svg, HasSubstr("retrained lstm: macro F1 0.20, n = 4<"));
  EXPECT_THAT(svg, HasSubstr("<title>Whom the attacker takes for whom: without a defence; ipet</title>"));
  EXPECT_THAT(svg, HasSubstr(">n: test rows.<"));
  // Two devices make a narrow picture: no line of the footer is wider.
  EXPECT_THAT(svg, HasSubstr(">Rows: the true device (its test rows)."));
  EXPECT_LE(longest_text(svg) * 6, static_cast<std::size_t>(figures[0].width));
  EXPECT_LE(lowest_text(svg), figures[0].height - 5);
  EXPECT_THAT(svg, Not(HasSubstr("95 %"))) << "there is no interval to explain";
  report.scores[2].macro_f1_low = 0.1;
  report.scores[2].macro_f1_high = 0.3;
  report.scores[2].interval_over = "days, of which 1 of 2 devices has one alone, which adds no width";
  svg = drawn(confusion_matrices(report, "")[0]);
  EXPECT_THAT(svg, HasSubstr("retrained lstm: macro F1 0.20 (0.10 to 0.30), n = 4<"));
  EXPECT_THAT(svg, HasSubstr(">In brackets: the 95 % interval of macro F1, by bootstrap over days.<"));
  report.scores.erase(report.scores.begin());
  EXPECT_TRUE(confusion_matrices(report, "").empty()) << "nothing to compare with";
}

TEST(ConfusionMatrices, of_an_attacker_alone_are_one_map) {
  evaluation::EvaluationReport report;
  report.devices = {"plug", "bulb"};
  report.scores = {{"none", "static lstm", 8, 0.75, 0.7, 0.5, {0.5, 1.0}, {2, 2, 0, 4}}};
  const std::vector<Figure> figures = confusion_matrices(report, "");
  ASSERT_EQ(figures.size(), 1U);
  EXPECT_EQ(figures[0].name, "confusion-none");
  EXPECT_THAT(figures[0].script, Not(HasSubstr("$after")));
  const std::string svg = drawn(figures[0]);
  for (const char* text :
       {">plug (4)<", ">bulb (4)<", ">static lstm: macro F1 0.70, n = 8<", ">without a defence<"})
    EXPECT_EQ(count(svg, text), 1U) << text;
  report.scores[0].level = "T0";
  EXPECT_TRUE(confusion_matrices(report, "T2").empty()) << "of another level";
}

TEST(LineExample, shows_user_data_and_dummies_apart) {
  const Figure figure = line_before_and_after(samples::example());
  EXPECT_EQ(figure.name, "line-front_door-cam-chorus");
  // Every second of 12 packets is a dummy, 5 s apart; every third comes in. Sizes are 100, 190, ...
  EXPECT_THAT(figure.script,
              HasSubstr("$before << EOD\n0.0000 -100\n0.1667 280\n0.3333 460\n0.5000 -640\n0.6667 820\n"
                        "0.8333 1000\nEOD"));
  EXPECT_THAT(figure.script, HasSubstr("$dummies << EOD\n0.0833 190\n0.2500 -370\n0.4167 550\n0.5833 730\n"
                                       "0.7500 -910\n0.9167 1090\nEOD"));
  const std::string svg = drawn(figure);
  EXPECT_THAT(svg, HasSubstr("front_door-cam, as it is<"));
  EXPECT_THAT(svg, HasSubstr("the same line under chorus"));
  EXPECT_THAT(svg, HasSubstr("minutes since 2020-09-13T12:26:40Z"));
  EXPECT_EQ(count(svg, ">dummies (6 packets)<"), 1U);
  EXPECT_EQ(count(svg, ">user data (6 packets)<"), 2U) << "before and after";
  EXPECT_THAT(svg, HasSubstr("bytes of payload"));
}

TEST(LineExample, of_very_many_packets_keeps_the_largest) {
  evaluation::LineExample line = samples::example();
  for (int i = 0; i < 60'000; ++i) {
    traffic::DevicePacket packet;
    packet.time = line.begin + i * traffic::second / 1000;
    packet.size = i == 34'567 ? 1400 : 60;
    line.before.push_back(packet);
  }
  const Figure figure = line_before_and_after(line);
  EXPECT_THAT(figure.script, HasSubstr("\n0.5758 1400\n")) << "34.567 s is in the bin from 34.55 s on";
  EXPECT_THAT(figure.script, HasSubstr(", as it is (largest packets only)"));
  EXPECT_EQ(count(figure.script, "(largest packets only)"), 1U) << "the other panel has all of its packets";
  EXPECT_LT(count(figure.script, "\n"), 2600U);
}

TEST(LineExample, of_an_empty_line_is_drawn_all_the_same) {
  evaluation::LineExample line = samples::example();
  line.before.clear();
  EXPECT_THAT(drawn(line_before_and_after(line)), HasSubstr("as it is"));
}

TEST(TrainingCurve, has_both_losses_of_every_epoch) {
  fingerprint::TrainedModel model;
  model.model = "lstm";
  EXPECT_FALSE(training_curve(model).has_value());
  model.history = {
      {1, 0.01, 1.5, 0.3, 1.75, 0.25}, {2, 0.01, 1.25, 0.4, 1.5, 0.35}, {3, 0.01, 1, 0.5, 1.625, 0.3}};
  model.best_epoch = 2;
  model.training_windows = 70;
  model.validation_windows = 30;
  const auto figure = training_curve(model);
  EXPECT_EQ(figure->name, "training-lstm");
  EXPECT_THAT(figure->script, HasSubstr("$training << EOD\n1 1.50000\n2 1.25000\n3 1.00000\nEOD"));
  EXPECT_THAT(figure->script, HasSubstr("$validation << EOD\n1 1.75000\n2 1.50000\n3 1.62500\nEOD"));
  const std::string svg = drawn(*figure);
  EXPECT_THAT(svg, HasSubstr("<title>Training of lstm, epoch 2 kept</title>"));
  for (const char* text : {"Training of lstm, epoch 2 kept", ">training (70 rows)<", ">validation (30 rows)<",
                           ">mean cross-entropy<"})
    EXPECT_THAT(svg, HasSubstr(text));
}

/// Texts of the axis below a picture: numbers alone in their element.
std::vector<std::string> numbers_in(const std::string& svg) {
  std::vector<std::string> found;
  const std::regex number("<text><tspan[^>]*>\\s*([0-9.]+)\\s*</tspan>|<text>\\s*([0-9.]+)\\s*</text>");
  for (std::sregex_iterator i(svg.begin(), svg.end(), number), end; i != end; ++i)
    found.push_back((*i)[1].matched ? (*i)[1] : (*i)[2]);
  return found;
}

TEST(TrainingCurve, has_whole_epochs_on_its_axis_however_short_it_is) {
  for (const std::size_t epochs : {1U, 2U, 3U, 7U, 40U, 100U, 1000U}) {
    fingerprint::TrainedModel model;
    model.model = "mlp";
    // Losses of 64 and 32: their axis has no fractions either.
    for (std::size_t e = 1; e <= epochs; ++e)
      model.history.push_back({static_cast<std::uint32_t>(e), 0.01, 64, 0.3, 32, 0.25});
    model.best_epoch = 1;
    const std::vector<std::string> numbers = numbers_in(drawn(*training_curve(model)));
    EXPECT_GE(numbers.size(), 3U) << epochs;
    EXPECT_LE(numbers.size(), 24U) << epochs;
    for (const std::string& number : numbers)
      EXPECT_EQ(number.find('.'), std::string::npos) << epochs << " epochs: " << number;
    EXPECT_THAT(numbers, testing::Contains(std::to_string(epochs))) << "the last one";
  }
}

TEST(GenerationCurve, goes_up_with_the_generators_and_down_with_the_discriminator) {
  generator::GeneratorSet set;
  EXPECT_FALSE(generation_curve(set).has_value());
  generator::Generation one, two;
  one.devices.resize(3);
  // The third device has no windows.
  for (const std::size_t d : {0U, 1U}) {
    one.devices[d].windows = 5;
    one.devices[d].first_loss = 0.5 + static_cast<double>(d);
    one.devices[d].last_loss = 2 + static_cast<double>(d);
  }
  one.discriminator_loss = 0.75;
  two = one;
  two.discriminator_loss = 1.25;
  set.chains = {{{one, two}}, {}, {{two}}};
  const auto figure = generation_curve(set);
  EXPECT_EQ(figure->name, "generations");
  EXPECT_THAT(figure->script, HasSubstr("$chain0 << EOD\n0.0 1.00000\n0.5 2.50000\n0.9 0.75000\n1.0 1.00000\n"
                                        "1.5 2.50000\n1.9 1.25000\nEOD"));
  const std::string svg = drawn(*figure);
  EXPECT_THAT(svg, HasSubstr(">mean of 2 devices with 10 windows<"));
  EXPECT_THAT(svg, HasSubstr(">mean cross-entropy<"));
  EXPECT_EQ(count(svg, ">chain 0<"), 1U);
  EXPECT_EQ(count(svg, ">chain 2<"), 1U);
  EXPECT_EQ(count(svg, ">chain 1<"), 0U) << "has no generation";
}

}  // namespace
}  // namespace ipet::plots
