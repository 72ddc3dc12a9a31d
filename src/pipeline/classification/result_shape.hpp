#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/catalog_objects.hpp"
#include "pipeline/classification/finding.hpp"
#include "pipeline/classification/value_kind.hpp"
#include "pipeline/projection.hpp"

namespace sqlproxy::pipeline {

// Somebody who says which column of which relation a result's column comes from: the analysis of the statement, or
// RowDescription. Both are believed.
struct ColumnWitness {
  std::string relation;
  std::string column;
  Derivation derivation = Derivation::direct;
};

// What is known of a result's column before there are rows.
struct ResultColumn {
  // As the client sees it; empty: nobody has said.
  std::string name;
  Oid type = 0;  // 0: nobody has said
  // Of types that are not built in; with or without a schema in front.
  std::string type_name;
  std::vector<ColumnWitness> witnesses;
};

// A column with what is known of it without its values.
struct ShapeColumn {
  std::string name;
  ValueKind kind = ValueKind::unknown;
  std::optional<Evidence> evidence;
  // The values may say more.
  bool scanned = false;
};

// The columns of a result. Immutable, shared by all results of the same shape.
struct ResultShape {
  std::vector<ShapeColumn> columns;
  // One of them is.
  bool scanned = false;
};

using ResultShapePtr = std::shared_ptr<const ResultShape>;

}  // namespace sqlproxy::pipeline
