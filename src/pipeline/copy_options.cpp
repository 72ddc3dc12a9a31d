#include "pipeline/copy_options.hpp"

#include <string_view>

#include "pipeline/ascii_case.hpp"

namespace sqlproxy::pipeline {
namespace {

std::string_view word_of(const DefElem& option) {
  return option.arg != nullptr && is(option.arg, T_String) ? text_of(as<String>(option.arg).sval) : std::string_view();
}

// defGetCopyHeaderChoice: without a value it is on; MATCH is for COPY FROM.
bool is_on(const DefElem& option) {
  if (option.arg == nullptr) return true;
  if (is(option.arg, T_Integer)) return as<Integer>(option.arg).ival != 0;
  if (is(option.arg, T_Boolean)) return as<Boolean>(option.arg).boolval;
  const std::string word = ascii_lower(word_of(option));
  return word == "true" || word == "on";
}

void set_character(std::string_view word, char& character) {
  if (word.size() == 1) character = word.front();
}

}  // namespace

CopyFormat read_copy_format(const CopyStmt& copy) {
  CopyFormat format;
  for (const ListCell& cell : cells(copy.options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    if (text_of(option.defname) != "format") continue;
    const std::string_view word = word_of(option);
    if (word == "csv") {
      format.kind = CopyFormat::Kind::csv;
      format.delimiter = ',';
      format.null_text.clear();
    } else if (word == "binary") {
      format.kind = CopyFormat::Kind::binary;
    }
  }
  bool escape_given = false;
  for (const ListCell& cell : cells(copy.options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    const std::string_view name = text_of(option.defname);
    if (name == "delimiter") set_character(word_of(option), format.delimiter);
    if (name == "null") format.null_text = word_of(option);
    if (name == "quote") set_character(word_of(option), format.quote);
    if (name == "header") format.header = is_on(option);
    if (name != "escape") continue;
    set_character(word_of(option), format.escape);
    escape_given = true;
  }
  if (!escape_given) format.escape = format.quote;
  for (const ListCell& cell : cells(copy.attlist)) {
    format.columns.emplace_back(text_of(as<String>(node_in(cell)).sval));
  }
  return format;
}

}  // namespace sqlproxy::pipeline
