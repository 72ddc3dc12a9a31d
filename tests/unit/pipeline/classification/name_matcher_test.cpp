#include "pipeline/classification/name_matcher.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pipeline/classification/name_words.hpp"

namespace sqlproxy::pipeline {
namespace {

std::string words_of(std::string_view name) {
  const NameWords words(name);
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) out += (i == 0 ? "" : " ") + std::string(words.word(i));
  return out;
}

TEST(NameWords, HoweverTheyAreWritten) {
  EXPECT_EQ(words_of("customer_email"), "customer email");
  EXPECT_EQ(words_of("customerEmailAddr"), "customer email addr");
  EXPECT_EQ(words_of("CUSTOMER-EMAIL"), "customer email");
  EXPECT_EQ(words_of("IPAddress2"), "ip address 2");
  EXPECT_EQ(words_of("sha256"), "sha 256");
  EXPECT_EQ(words_of("__a  b.c__"), "a b c");
  EXPECT_EQ(words_of(""), "");
  EXPECT_EQ(words_of("Pr\xC3\xA9nom"), "prenom");
  EXPECT_EQ(words_of("stra\xC3\x9F"
                     "e"),
            "strasse");
  EXPECT_EQ(words_of("\xD0\x98\xD0\xBC\xD1\x8F"), "\xD0\xB8\xD0\xBC\xD1\x8F");
  EXPECT_EQ(words_of("a\xFF\xC3"), "ay a");
}

TEST(NameWords, AreBounded) {
  std::string long_name;
  for (int i = 0; i < 500; ++i) long_name += "a_";
  EXPECT_EQ(NameWords(long_name).size(), NameWords::kMaxWords);
  EXPECT_LE(NameWords(std::string(10000, 'x')).joined().size(), NameWords::kMaxLetters);
}

// Otherwise it could never be found.
TEST(NameDictionary, TermsAreWrittenAsWordsAre) {
  for (const NameTerms& group : name_terms()) {
    std::string_view rest = group.terms;
    while (!rest.empty()) {
      const std::string term(rest.substr(0, rest.find(' ')));
      EXPECT_EQ(NameWords(term).joined(), term);
      EXPECT_FALSE(term.empty()) << group.terms;
      rest.remove_prefix(std::min(rest.size(), term.size() + 1));
    }
  }
}

std::string tag_of(const NameMatcher& matcher, std::string_view name, std::string_view relation = {}) {
  const auto match = matcher.find(name, relation);
  if (!match) return "none";
  return std::string(tag_name(static_cast<BuiltinTag>(match->tag))) + ' ' +
         std::to_string(match->confidence).substr(0, 4);
}

TEST(NameMatcher, WholeNamesWordsAndParts) {
  const NameMatcher matcher;
  EXPECT_EQ(tag_of(matcher, "Email"), "PII.Email 0.95");
  EXPECT_EQ(tag_of(matcher, "customer_email_2"), "PII.Email 0.90");
  EXPECT_EQ(tag_of(matcher, "custemailx"), "PII.Email 0.60");
  EXPECT_EQ(tag_of(matcher, "product"), "none");
  EXPECT_EQ(tag_of(matcher, ""), "none");
}

TEST(NameMatcher, WordsAroundTakeItBack) {
  const NameMatcher matcher;
  for (const char* name :
       {"email_verified", "is_email", "emailCount", "address_id", "password_changed_at", "emailverified"}) {
    EXPECT_EQ(tag_of(matcher, name), "none") << name;
  }
  EXPECT_EQ(tag_of(matcher, "national_id"), "PII.NationalId 0.95");
  EXPECT_EQ(tag_of(matcher, "password_hash"), "Credential.Hash 0.95");
}

TEST(NameMatcher, WhoseName) {
  const NameMatcher matcher;
  EXPECT_EQ(tag_of(matcher, "name"), "none");
  EXPECT_EQ(tag_of(matcher, "name", "products"), "none");
  EXPECT_EQ(tag_of(matcher, "name", "shop_customers"), "PII.Name 0.90");
  EXPECT_EQ(tag_of(matcher, "customerName"), "PII.Name 0.90");
  EXPECT_EQ(tag_of(matcher, "productName", "customers"), "none");
}

TEST(NameMatcher, OwnNamesGoFirst) {
  NameMatcher matcher;
  matcher.add("E-Mail", tag_id(BuiltinTag::health));
  EXPECT_EQ(tag_of(matcher, "e_mail"), "PII.Health 0.95");
}

}  // namespace
}  // namespace sqlproxy::pipeline
