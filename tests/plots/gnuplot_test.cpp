// gnuplot as a child process.
#include "stages/plots/gnuplot.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "tests/plots/support.hpp"
#include "tests/storage/samples.hpp"

namespace ipet::plots {
namespace {

using storage::test::Folder;
using test::error_of;
using testing::HasSubstr;
using testing::Not;

TEST(Gnuplot, draws_the_script_without_naming_its_version) {
  const std::string svg = draw_svg("plot x title 'a_b & c'\n", 400, 300, "x & <y>");
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("width=\"400\" height=\"300\""));
  EXPECT_THAT(svg, HasSubstr("a_b &amp; c")) << "text as it is, not as a formula";
  EXPECT_THAT(svg, Not(HasSubstr("GNUPLOT")));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  EXPECT_THAT(svg, HasSubstr("<title>x &amp; &lt;y&gt;</title>")) << "not the program's";
  EXPECT_EQ(svg.find("<title>"), svg.rfind("<title>")) << "nothing else pops up under the pointer";
  EXPECT_EQ(draw_svg("plot x title 'a_b & c'\n", 400, 300, "x & <y>"), svg);
}

TEST(Gnuplot, that_fails_says_why) {
  EXPECT_THAT(error_of([] { run_gnuplot("plot nonsense_without_value\n"); }),
              testing::AllOf(testing::StartsWith("gnuplot failed (exit status 1): "),
                             HasSubstr("undefined variable: nonsense_without_value")));
}

TEST(Gnuplot, that_is_missing_is_said_to_be) {
  EXPECT_EQ(obstacle_to_drawing(), "");
  const Folder empty;
  const test::Variable path("PATH", empty.path().string());
  const std::string expected =
      "gnuplot draws the plots and is not on the PATH; install it (Debian: apt-get install gnuplot-nox)";
  EXPECT_EQ(obstacle_to_drawing(), expected);
  EXPECT_EQ(error_of([] { run_gnuplot("plot x\n"); }), expected);
}

TEST(Gnuplot, does_not_read_the_settings_of_whoever_runs_it) {
  const Folder home;
  std::ofstream(home / ".gnuplot") << "print 'mine'\nthis is no command\n";
  const test::Variable variable("HOME", home.path().string());
  EXPECT_EQ(run_gnuplot("print 'x'\n"), "");
}

TEST(Gnuplot, takes_scripts_and_gives_pictures_of_any_size) {
  std::string script = "$data << EOD\n";
  for (int i = 0; i < 100'000; ++i) script += std::to_string(i) + " " + std::to_string(i % 7) + "\n";
  EXPECT_GT(draw_svg(script + "EOD\nplot $data with impulses\n", 400, 300, "many").size(),
            std::size_t{1} << 20);
}

}  // namespace
}  // namespace ipet::plots
