#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::admin {

// A piece of a console command.
struct ConsoleToken {
  enum class Kind { word, quoted_name, string, number, symbol, end, invalid };
  Kind kind = Kind::end;
  // As it stands there; without its quotes, and with doubled ones undone.
  std::string text;

  // A word, whatever its case. `upper` is in upper case.
  [[nodiscard]] bool is(std::string_view upper) const;
  [[nodiscard]] bool is_symbol(char symbol) const {
    return kind == Kind::symbol && text.size() == 1 && text.front() == symbol;
  }
};

// Splits a text into tokens; comments and white space separate them. `text` outlives it. Bounded by the text's length.
class ConsoleLexer {
 public:
  explicit ConsoleLexer(std::string_view text) : rest_(text) {}

  // The next token, `end` ever after the last one. `invalid` for what has no end or cannot be.
  [[nodiscard]] ConsoleToken next();

 private:
  // False: a comment has no end.
  [[nodiscard]] bool skip_blanks();
  [[nodiscard]] ConsoleToken quoted(char quote, ConsoleToken::Kind kind);

  std::string_view rest_;
};

}  // namespace sqlproxy::admin
