#pragma once

namespace sqlproxy::wire {

// The fields of an ErrorResponse or NoticeResponse (PostgreSQL documentation, "Error and Notice Message Fields").
enum class ErrorField : char {
  SeverityLocalized = 'S',
  Severity = 'V',
  Code = 'C',
  Message = 'M',
  Detail = 'D',
  Hint = 'H',
  Position = 'P',
  InternalPosition = 'p',
  InternalQuery = 'q',
  Where = 'W',
  SchemaName = 's',
  TableName = 't',
  ColumnName = 'c',
  DataTypeName = 'd',
  ConstraintName = 'n',
  File = 'F',
  Line = 'L',
  Routine = 'R',
};

}  // namespace sqlproxy::wire
