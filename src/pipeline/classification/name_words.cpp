#include "pipeline/classification/name_words.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sqlproxy::pipeline {
namespace {

enum class LetterKind { separator, lower, upper, digit };

struct Letter {
  char32_t code = 0;
  LetterKind kind = LetterKind::separator;
};

// U+00C0 to U+017F without their accents; '*' is none of a word's letters. Each stands for itself in the case that it
// has.
constexpr std::string_view kLatin1 =
    "AAAAAAACEEEEIIII"
    "DNOOOOO*OUUUUYTs"
    "aaaaaaaceeeeiiii"
    "dnooooo*ouuuuyty";
constexpr std::string_view kLatinExtendedA =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUu"
    "UuWwYyYZzZzZzs";
static_assert(kLatin1.size() == 0x40);
static_assert(kLatinExtendedA.size() == 0x80);

constexpr char32_t kSharpS = 0xDF;

char32_t without_accent(char32_t code) {
  if (code >= 0xC0 && code < 0x100) return static_cast<unsigned char>(kLatin1[code - 0xC0]);
  if (code >= 0x100 && code < 0x180) return static_cast<unsigned char>(kLatinExtendedA[code - 0x100]);
  return code;
}

Letter letter_of(char32_t code) {
  code = without_accent(code);
  if (code >= 'a' && code <= 'z') return {code, LetterKind::lower};
  if (code >= 'A' && code <= 'Z') return {code + 0x20, LetterKind::upper};
  if (code >= '0' && code <= '9') return {code, LetterKind::digit};
  if (code < 0xC0) return {};
  // Greek and Cyrillic.
  if (code >= 0x391 && code <= 0x3A9) return {code + 0x20, LetterKind::upper};
  if (code >= 0x410 && code <= 0x42F) return {code + 0x20, LetterKind::upper};
  if (code >= 0x400 && code <= 0x40F) return {code + 0x50, LetterKind::upper};
  // Punctuation and spaces of all kinds.
  if ((code >= 0x2000 && code <= 0x206F) || (code >= 0x3000 && code <= 0x3004)) return {};
  return {code, LetterKind::lower};
}

// One character of UTF-8; a byte that is none stands for itself.
char32_t take_code(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  const unsigned more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC2 ? 1 : 0;
  if (more == 0 || at + more > text.size()) return first;
  char32_t code = first & (0x3FU >> more);
  for (unsigned i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80U) return first;
    code = (code << 6U) | (byte(at + i) & 0x3FU);
  }
  at += more;
  return code;
}

void append_utf8(std::string& out, char32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (code >> 6U)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (code >> 12U)));
    out.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | (code >> 18U)));
    out.push_back(static_cast<char>(0x80U | ((code >> 12U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | ((code >> 6U) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  }
}

// A border between two characters of which neither separates: fooBar, IPAddress before the A, address2.
bool is_border(const Letter& before, const Letter& here, const Letter* next) {
  if ((before.kind == LetterKind::digit) != (here.kind == LetterKind::digit)) return true;
  if (here.kind != LetterKind::upper) return false;
  return before.kind == LetterKind::lower || (next != nullptr && next->kind == LetterKind::lower);
}

}  // namespace

NameWords::NameWords(std::string_view name) {
  std::vector<Letter> letters;
  letters.reserve(name.size());
  for (std::size_t at = 0; at < name.size() && letters.size() < kMaxLetters;) {
    const char32_t code = take_code(name, at);
    letters.push_back(letter_of(code));
    if (code == kSharpS) letters.push_back(letters.back());
  }
  text_.reserve(letters.size());
  for (std::size_t i = 0; i < letters.size() && count_ < kMaxWords; ++i) {
    if (letters[i].kind == LetterKind::separator) {
      end_word();
      continue;
    }
    const Letter* next = i + 1 < letters.size() ? &letters[i + 1] : nullptr;
    if (i > 0 && letters[i - 1].kind != LetterKind::separator && is_border(letters[i - 1], letters[i], next)) {
      end_word();
      if (count_ == kMaxWords) break;
    }
    append_utf8(text_, letters[i].code);
  }
  if (count_ < kMaxWords) end_word();
}

void NameWords::end_word() {
  const std::size_t begin = count_ == 0 ? 0 : ends_[count_ - 1];
  if (text_.size() > begin) ends_[count_++] = text_.size();
}

}  // namespace sqlproxy::pipeline
