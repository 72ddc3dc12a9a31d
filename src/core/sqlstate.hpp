#pragma once

#include <array>
#include <string_view>

namespace sqlproxy::core {

// A five-character SQLSTATE (PostgreSQL documentation, appendix A "PostgreSQL Error Codes").
// Plain value; "00000" when default-constructed.
class SqlState {
 public:
  constexpr SqlState() : code_{'0', '0', '0', '0', '0'} {}

  // Requires: `text` has exactly five characters.
  constexpr explicit SqlState(std::string_view text) : code_{text[0], text[1], text[2], text[3], text[4]} {}

  [[nodiscard]] constexpr std::string_view text() const { return {code_.data(), code_.size()}; }
  // The two-character class, e.g. "08" for connection exceptions.
  [[nodiscard]] constexpr std::string_view error_class() const { return text().substr(0, 2); }

  friend constexpr bool operator==(const SqlState&, const SqlState&) = default;

 private:
  std::array<char, 5> code_;
};

namespace sqlstate {
// Named as in PostgreSQL's errcodes.txt.
inline constexpr SqlState kSuccessfulCompletion{"00000"};
inline constexpr SqlState kConnectionFailure{"08006"};
inline constexpr SqlState kTransactionResolutionUnknown{"08007"};
inline constexpr SqlState kProtocolViolation{"08P01"};
inline constexpr SqlState kFeatureNotSupported{"0A000"};
inline constexpr SqlState kInvalidParameterValue{"22023"};
inline constexpr SqlState kCharacterNotInRepertoire{"22021"};
inline constexpr SqlState kUniqueViolation{"23505"};
inline constexpr SqlState kInFailedSqlTransaction{"25P02"};
inline constexpr SqlState kInvalidSqlStatementName{"26000"};
inline constexpr SqlState kInvalidAuthorizationSpecification{"28000"};
inline constexpr SqlState kInvalidPassword{"28P01"};
inline constexpr SqlState kInvalidCursorName{"34000"};
inline constexpr SqlState kInvalidCatalogName{"3D000"};
inline constexpr SqlState kInsufficientPrivilege{"42501"};
inline constexpr SqlState kSyntaxError{"42601"};
inline constexpr SqlState kUndefinedObject{"42704"};
inline constexpr SqlState kUndefinedTable{"42P01"};
inline constexpr SqlState kDuplicatePreparedStatement{"42P05"};
inline constexpr SqlState kTooManyConnections{"53300"};
inline constexpr SqlState kProgramLimitExceeded{"54000"};
inline constexpr SqlState kStatementTooComplex{"54001"};
inline constexpr SqlState kObjectNotInPrerequisiteState{"55000"};
inline constexpr SqlState kCantChangeRuntimeParam{"55P02"};
inline constexpr SqlState kQueryCanceled{"57014"};
inline constexpr SqlState kAdminShutdown{"57P01"};
inline constexpr SqlState kCannotConnectNow{"57P03"};
inline constexpr SqlState kIdleSessionTimeout{"57P05"};
inline constexpr SqlState kIoError{"58030"};
inline constexpr SqlState kConfigFileError{"F0000"};
inline constexpr SqlState kInternalError{"XX000"};
}  // namespace sqlstate

}  // namespace sqlproxy::core
