#include "tests/support/pipeline/cache_key_oracle.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "pipeline/cache_key.hpp"
#include "pipeline/lexer.hpp"
#include "pipeline/literal_list.hpp"
#include "pipeline/normalizer.hpp"
#include "pipeline/text_guard.hpp"

namespace sqlproxy::testing {

using namespace pipeline;

namespace {

std::string describe(const QualifiedName& name) {
  return name.catalog + "|" + name.schema + "|" + name.name + " ";
}

void describe_settings(std::ostream& out, const Statement& statement) {
  for (const SettingChange& setting : statement.settings) {
    out << " setting " << static_cast<int>(setting.kind) << setting.name << setting.name_known << setting.by_function
        << setting.conditional << setting.name_from_settings_view;
    for (const std::string& value : setting.values.value_or(std::vector<std::string>{"?"})) out << '=' << value;
  }
}

void describe_item(std::ostream& out, const RangeItem& item) {
  out << " item " << static_cast<int>(item.kind) << item.natural << item.aliased << item.name << '/' << item.source
      << '/' << item.shared_name << '/' << item.left << '/' << item.right << '/' << item.join << '/' << item.hidden_by
      << '/' << item.end;
  for (const std::string& name : item.column_names) out << ',' << name;
  for (const std::string& name : item.shared) out << '=' << name;
}

void describe_place(std::ostream& out, const Place& place) {
  out << '@' << place.scope << '/' << static_cast<int>(place.sight) << '/' << place.item << ' ';
}

void describe_shape(std::ostream& out, const QueryShape& shape) {
  for (const QueryScope& scope : shape.scopes) {
    out << " scope ";
    describe_place(out, scope.outer);
    out << scope.outer_output << '/' << scope.left << '/' << scope.right << scope.is_values << scope.more_outputs;
    for (const RangeItem& item : scope.items) describe_item(out, item);
    for (const OutputColumn& output : scope.outputs) {
      out << " output " << output.name << static_cast<int>(output.naming) << output.star << output.is_column;
      for (const std::string& call : output.calls) out << '(' << call << ')';
    }
  }
  for (const CommonTable& table : shape.common_tables) {
    out << " with " << table.scope << table.more_columns;
    for (const std::string& name : table.column_names) out << ',' << name;
  }
  for (const ColumnUse& use : shape.uses) {
    out << " use ";
    describe_place(out, use.place);
    out << static_cast<int>(use.lookup) << use.star << use.filters << use.output << use.schema << '.' << use.relation
        << '.' << use.column;
  }
  for (const DirectUse& use : shape.direct) {
    out << " direct " << use.object << '/' << static_cast<int>(use.type) << use.every << use.source;
    for (const std::string& name : use.columns) out << ',' << name;
  }
  out << " shape " << shape.result << '/' << shape.copied << shape.has_sub_query << shape.has_join << shape.has_star
      << shape.groups << '/' << shape.limit;
}

std::string describe(const Statement& statement) {
  std::ostringstream out;
  out << "statement " << static_cast<int>(statement.type) << ' ' << statement.sub_type;
  for (const ObjectRef& object : statement.objects) {
    out << " object " << static_cast<int>(object.kind) << describe(object.name) << object.required.bits()
        << object.any_of.bits() << static_cast<int>(object.usage) << object.created << object.temporary
        << object.spares_sensitive_columns;
  }
  for (const FunctionRef& function : statement.functions) {
    out << " function " << describe(function.name) << function.argument_count << function.attribute_notation;
    for (const auto& constant : function.constant_arguments) out << '(' << constant.value_or("?") << ')';
  }
  for (const OperatorRef& op : statement.operators) out << " operator " << describe(op.name);
  for (const TypeRef& type : statement.types) out << " type " << describe(type.name);
  describe_settings(out, statement);
  describe_shape(out, statement.shape);
  out << " transaction " << static_cast<int>(statement.transaction.kind) << statement.transaction.name
      << statement.transaction.chain << " prepared " << static_cast<int>(statement.prepared.kind)
      << statement.prepared.name << " cursor " << static_cast<int>(statement.cursor.kind) << statement.cursor.name
      << statement.cursor.with_hold << " listen " << static_cast<int>(statement.listen.kind) << statement.listen.channel
      << " show " << static_cast<int>(statement.show.kind) << " discard " << static_cast<int>(statement.discard)
      << " copy " << static_cast<int>(statement.copy) << ' ' << statement.creates_temporary << statement.changes_catalog
      << statement.loads_library << statement.returns_rows;
  for (const std::string& name : statement.show.names) out << ' ' << name;
  return out.str();
}

// A part of the text and what it may be replaced by.
struct Change {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text;
};

std::vector<std::string> replacements(TokenKind kind, std::string_view text) {
  switch (kind) {
    case TokenKind::bit_string: return {"B'1011'"};
    case TokenKind::hex_string: return {"x'FF'"};
    case TokenKind::integer: return {text.size() < 10 ? "4711" : "123456789012", "99999999999999999999"};
    case TokenKind::number: return {"0.25"};
    case TokenKind::string:
    case TokenKind::escape_string:
    case TokenKind::dollar_string: return {"'pg_authid'", "''", "E'a\\n'", "$x$role$x$"};
    case TokenKind::unicode_string: return {"U&'z'"};
    default: return {};
  }
}

std::string apply(const std::string& sql, std::vector<Change> changes) {
  std::string out;
  std::size_t done = 0;
  for (const Change& change : changes) {
    if (change.offset < done) continue;
    out.append(sql, done, change.offset - done);
    out += change.text;
    done = change.offset + change.length;
  }
  return out.append(sql, done);
}

// In order of their places.
std::vector<Change> possible_changes(const std::string& sql) {
  std::vector<Change> changes;
  Lexer lexer(sql);
  std::size_t previous_end = 0;
  for (;;) {
    const Token token = lexer.next();
    changes.push_back({previous_end, token.offset - previous_end, " /* ; ' */ "});
    if (token.kind == TokenKind::end || token.kind == TokenKind::error) return changes;
    previous_end = token.offset + token.length;
    const std::string_view text = lexer.text(token);
    for (const std::string& replacement : replacements(token.kind, text)) {
      changes.push_back({token.offset, token.length, " " + replacement + " "});
    }
    if (text != "(") continue;
    if (const auto list = read_literal_list(lexer)) {
      changes.push_back({previous_end, 0, std::string(lexer.text(list->first)) + ", "});
    }
  }
}

bool acceptable(const std::string& sql) {
  return check_text(sql, TextLimits{}).has_value();
}

std::string marked(const std::string& sql, std::string_view string_data, std::string_view digits) {
  std::vector<Change> changes;
  Lexer lexer(sql);
  for (;;) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::end || token.kind == TokenKind::error) return apply(sql, std::move(changes));
    if (is_quoted_literal(token.kind)) {
      // With an E, so that it does not continue a string on the line before.
      changes.push_back({token.offset, token.length, " E'" + std::string(string_data) + "' "});
    } else if (is_literal(token.kind)) {
      changes.push_back({token.offset, token.length, " " + std::string(digits) + " "});
    }
  }
}

}  // namespace

std::string describe(const Analysis& analysis) {
  if (analysis.error) return "error";
  std::string out;
  for (const Statement& statement : analysis.statements) out += describe(statement) + "\n";
  return out;
}

std::optional<std::string> cache_key_fault(const std::string& sql) {
  if (!acceptable(sql)) return std::nullopt;
  CacheKeyMaker original_maker(1);
  const CacheKey key = original_maker.make(sql);
  if (key.exact) return std::nullopt;

  const std::string expected = describe(analyze(sql));
  const NormalizedText shown = normalize(sql);
  CacheKeyMaker maker(1);
  const auto fault = [&](const std::string& changed) -> std::optional<std::string> {
    if (!acceptable(changed) || maker.make(changed) != key) return std::nullopt;
    const NormalizedText text = normalize(changed);
    if (text.text != shown.text || text.fingerprint != shown.fingerprint) {
      return "equal keys, different normal forms:\n" + sql + "\n" + shown.text + "\n" + changed + "\n" + text.text;
    }
    const std::string found = describe(analyze(changed));
    if (found == expected) return std::nullopt;
    return "equal keys, different analyses:\n" + sql + "\n" + expected + "\n" + changed + "\n" + found;
  };
  std::vector<Change> harmless;
  for (Change& change : possible_changes(sql)) {
    const std::string changed = apply(sql, {change});
    if (auto found = fault(changed)) return found;
    if (acceptable(changed) && maker.make(changed) == key) harmless.push_back(std::move(change));
  }
  return fault(apply(sql, std::move(harmless)));
}

std::optional<std::string> normalizer_fault(const std::string& sql) {
  constexpr std::string_view kData = "Zq7 secret";
  constexpr std::string_view kDigits = "86420975318642";
  const NormalizedText original = normalize(sql);
  const std::string changed = marked(sql, kData, kDigits);
  const NormalizedText normalized = normalize(changed);
  const bool has_mark = sql.find(kData) != std::string::npos || sql.find(kDigits) != std::string::npos;
  for (const std::string_view mark : {kData, kDigits}) {
    if (!has_mark && normalized.text.find(mark) != std::string::npos) return "data is shown: " + normalized.text;
  }
  const NormalizedText again = normalize(original.text);
  if (again.text != original.text) return "not stable: " + original.text + "\n" + again.text;
  if (!original.complete) return std::nullopt;
  if (again.fingerprint != original.fingerprint) return "another fingerprint for the normalised text " + original.text;
  if (original.fingerprint != normalized.fingerprint) return "another fingerprint for other data: " + changed;
  return std::nullopt;
}

}  // namespace sqlproxy::testing
