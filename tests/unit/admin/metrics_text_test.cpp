#include "admin/metrics_text.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::admin {
namespace {

TEST(MetricsText, AFamilyAndItsSamples) {
  MetricsText out;
  out.begin("sql_proxy_things_total", MetricsText::Type::counter, "Things.");
  out.sample({{"kind", "a"}, {"of", "b"}}, std::uint64_t{18446744073709551615U});
  out.single("sql_proxy_share", MetricsText::Type::gauge, "A share.", 0.25);
  EXPECT_EQ(out.take(),
            "# HELP sql_proxy_things_total Things.\n"
            "# TYPE sql_proxy_things_total counter\n"
            "sql_proxy_things_total{kind=\"a\",of=\"b\"} 18446744073709551615\n"
            "# HELP sql_proxy_share A share.\n"
            "# TYPE sql_proxy_share gauge\n"
            "sql_proxy_share 0.25\n");
}

TEST(MetricsText, ValuesOfLabelsAreEscaped) {
  MetricsText out;
  out.begin("m", MetricsText::Type::gauge, "M.");
  out.sample({{"user", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_NE(out.take().find("m{user=\"a\\\"b\\\\c\\nd\"} 1\n"), std::string::npos);
}

TEST(MetricsText, AHistogramIsCumulativeAndInSeconds) {
  core::DurationHistogram histogram;
  histogram.observe(std::chrono::microseconds(-5));
  histogram.observe(std::chrono::microseconds(10));
  histogram.observe(std::chrono::microseconds(11));
  histogram.observe(std::chrono::minutes(2));
  MetricsText out;
  out.begin("m_seconds", MetricsText::Type::histogram, "M.");
  out.sample({{"stage", "queue"}}, histogram.values());
  const std::string text = out.take();
  EXPECT_NE(text.find("m_seconds_bucket{stage=\"queue\",le=\"1e-05\"} 2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("m_seconds_bucket{stage=\"queue\",le=\"2.5e-05\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("m_seconds_bucket{stage=\"queue\",le=\"30\"} 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("m_seconds_bucket{stage=\"queue\",le=\"+Inf\"} 4\n"), std::string::npos) << text;
  EXPECT_NE(text.find("m_seconds_sum{stage=\"queue\"} 120.000021\n"), std::string::npos) << text;
  EXPECT_NE(text.find("m_seconds_count{stage=\"queue\"} 4\n"), std::string::npos) << text;
}

}  // namespace
}  // namespace sqlproxy::admin
