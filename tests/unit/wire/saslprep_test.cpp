#include "wire/saslprep.hpp"

#include <gtest/gtest.h>

#include "wire/unicode_nfkc.hpp"
#include "wire/utf8.hpp"

namespace sqlproxy::wire {
namespace {

TEST(Saslprep, ExamplesOfTheRfc) {
  // RFC 4013, section 3.
  EXPECT_EQ(saslprep("I\u00ADX"), "IX");   // soft hyphen mapped to nothing
  EXPECT_EQ(saslprep("user"), "user");     // no transformation
  EXPECT_EQ(saslprep("USER"), "USER");     // case preserved
  EXPECT_EQ(saslprep("\u00AA"), "a");      // NFKC
  EXPECT_EQ(saslprep("\u2168"), "IX");     // NFKC
  EXPECT_FALSE(saslprep("\u0627\u0031"));  // bidirectional check
}

TEST(Saslprep, ProhibitedCharacters) {
  EXPECT_FALSE(saslprep("f\u00F6\u0007"));  // ASCII control (where it is not all ASCII)
  EXPECT_FALSE(saslprep("f\u0080"));        // other control
  EXPECT_FALSE(saslprep("f\uE000"));        // private use
  EXPECT_FALSE(saslprep("f\uFDD0"));        // not a character
  EXPECT_FALSE(saslprep("f\uFFFD"));        // inappropriate for plain text
  EXPECT_FALSE(saslprep("f\u2FF0"));        // inappropriate for canonical form
  EXPECT_FALSE(saslprep("f\u0340"));        // changes display
  EXPECT_FALSE(saslprep("f\U000E0001"));    // tagging
  EXPECT_FALSE(saslprep("f\U0010FFFF"));
  EXPECT_FALSE(saslprep("f\u0221"));  // not assigned in Unicode 3.2
}

TEST(Saslprep, PlainAsciiIsTakenAsItIs) {
  EXPECT_EQ(saslprep("\x07 \x7f"), "\x07 \x7f");
  EXPECT_EQ(saslprep(""), "");
}

TEST(Saslprep, SpacesBecomeOneKindOfSpace) {
  EXPECT_EQ(saslprep("a\u00A0b\u3000c\u200Bd"), "a b c d");
}

TEST(Saslprep, NothingMayNotBeLeft) {
  EXPECT_FALSE(saslprep("\u00AD\u200D"));
}

TEST(Saslprep, RightToLeftText) {
  EXPECT_EQ(saslprep("\u0627\u0031\u0628"), "\u0627\u0031\u0628");
  EXPECT_FALSE(saslprep("\u0627a\u0628"));
  EXPECT_FALSE(saslprep("1\u0627"));
  EXPECT_EQ(saslprep("\u05D0"), "\u05D0");
}

TEST(Saslprep, InvalidUtf8HasNoPreparedForm) {
  for (const char* text : {"\xc0\xaf", "\xe9", "ab\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80",
                           "\x80", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xc3\x28"}) {
    EXPECT_FALSE(saslprep(text));
    EXPECT_EQ(prepare_password(text).reveal(), text);
  }
}

TEST(PreparePassword, FallsBackToTheRawBytes) {
  EXPECT_EQ(prepare_password("I\u00ADX").reveal(), "IX");
  EXPECT_EQ(prepare_password("\u0627\u0031").reveal(), "\u0627\u0031");
  EXPECT_EQ(prepare_password("\u00AD").reveal(), "\u00AD");
}

TEST(NormalizeNfkc, Composes) {
  EXPECT_EQ(normalize_nfkc(U"e\u0301"), U"\u00E9");
  EXPECT_EQ(normalize_nfkc(U"\u1E9B\u0323"), U"\u1E69");          // across two marks
  EXPECT_EQ(normalize_nfkc(U"q\u0307\u0323"), U"q\u0323\u0307");  // ordered by class
  EXPECT_EQ(normalize_nfkc(U"a\u0315\u0300"), U"\u00E0\u0315");
  EXPECT_EQ(normalize_nfkc(U"a\u0300\u0315\u0300"), U"\u00E0\u0300\u0315");
  EXPECT_EQ(normalize_nfkc(U"a\u030D\u0301"), U"a\u030D\u0301");  // blocked by a mark of the same class
  EXPECT_EQ(normalize_nfkc(U"\u0344"), U"\u0308\u0301");          // excluded from composition
  EXPECT_EQ(normalize_nfkc(U"\uFB01\u2460\u210C"), U"fi1H");
  EXPECT_EQ(normalize_nfkc(U"\uFDFA").size(), 18U);  // the longest
  EXPECT_EQ(normalize_nfkc(U""), U"");
}

TEST(NormalizeNfkc, HangulIsArithmetic) {
  EXPECT_EQ(normalize_nfkc(U"\u1100\u1161"), U"\uAC00");
  EXPECT_EQ(normalize_nfkc(U"\u1100\u1161\u11A8"), U"\uAC01");
  EXPECT_EQ(normalize_nfkc(U"\uAC00\u11A8"), U"\uAC01");
  EXPECT_EQ(normalize_nfkc(U"\uAC01\u11A8"), U"\uAC01\u11A8");
  EXPECT_EQ(normalize_nfkc(U"\uAC00\u11A7"), U"\uAC00\u11A7");
  EXPECT_EQ(normalize_nfkc(U"\uD7A3"), U"\uD7A3");
}

TEST(Utf8, CarriesEveryCodePoint) {
  for (char32_t code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const std::u32string text(1, code);
    ASSERT_EQ(decode_utf8(encode_utf8(text)), text) << static_cast<std::uint32_t>(code);
  }
}

}  // namespace
}  // namespace sqlproxy::wire
